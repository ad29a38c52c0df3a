//! The connections of a stub of the Lambda Runtime API.

use std::{
    io::{self, BufReader},
    iter,
    net::{TcpListener, TcpStream},
    os::fd::AsFd,
    time::Duration,
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::http::{self, Request};

/// Where a function asks for its events. It may do so on several connections: a runtime of many
/// threads can ask for the next event before the connection of its last answer is free.
pub struct RuntimeApi {
    listener: TcpListener,
    connections: Vec<BufReader<TcpStream>>,
    patience: Duration,
}

impl RuntimeApi {
    /// Listens for a function that may keep silent for as long as `patience`.
    ///
    /// # Errors
    ///
    /// Where this machine does not let us listen.
    pub fn listen(patience: Duration) -> io::Result<Self> {
        Ok(Self { listener: TcpListener::bind("127.0.0.1:0")?, connections: Vec::new(), patience })
    }

    /// What Lambda puts into `AWS_LAMBDA_RUNTIME_API`.
    ///
    /// # Errors
    ///
    /// Where the system does not say which port it gave.
    pub fn address(&self) -> io::Result<String> {
        Ok(self.listener.local_addr()?.to_string())
    }

    /// The next request, and the connection that waits for its answer.
    ///
    /// # Errors
    ///
    /// Where the function falls silent, or says something that is no HTTP.
    pub fn next(&mut self) -> io::Result<(Request, &mut TcpStream)> {
        let (request, index) = loop {
            let Some(index) = self.ready()? else {
                let (connection, _) = self.listener.accept()?;
                connection.set_nodelay(true)?;
                connection.set_read_timeout(Some(self.patience))?;
                self.connections.push(BufReader::new(connection));
                continue;
            };
            match http::read(&mut self.connections[index])? {
                Some(request) => break (request, index),
                None => drop(self.connections.remove(index)),
            }
        };
        Ok((request, self.connections[index].get_mut()))
    }

    /// The connection that has something to say, or `None` where a new one waits.
    fn ready(&self) -> io::Result<Option<usize>> {
        let sockets = self.connections.iter().map(|connection| connection.get_ref().as_fd());
        let mut polled: Vec<PollFd<'_>> = iter::once(self.listener.as_fd())
            .chain(sockets)
            .map(|socket| PollFd::from_borrowed_fd(socket, PollFlags::IN))
            .collect();
        let patience = Timespec::try_from(self.patience).map_err(io::Error::other)?;
        poll(&mut polled, Some(&patience))?;
        let ready = polled.iter().position(|socket| !socket.revents().is_empty());
        ready.map(|index| index.checked_sub(1)).ok_or_else(|| io::Error::other("it has fallen silent"))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn ask(mut connection: &TcpStream, path: &str) {
        write!(connection, "GET {path} HTTP/1.1\r\n\r\n").unwrap();
    }

    #[test]
    fn a_request_is_heard_on_whichever_connection_it_comes() {
        let mut api = RuntimeApi::listen(Duration::from_secs(60)).unwrap();
        let connect = || TcpStream::connect(api.listener.local_addr().unwrap()).unwrap();
        let (first, second) = (connect(), connect());
        for (connection, path) in [(&first, "/1"), (&second, "/2"), (&first, "/3")] {
            ask(connection, path);
            assert_eq!(api.next().unwrap().0.line, format!("GET {path} HTTP/1.1"));
        }
        drop(first);
        ask(&second, "/4");
        assert_eq!(api.next().unwrap().0.line, "GET /4 HTTP/1.1");
    }

    #[test]
    fn a_function_that_says_nothing_is_not_awaited_for_ever() {
        let mut api = RuntimeApi::listen(Duration::ZERO).unwrap();
        assert!(api.next().is_err());
    }
}
