//! The part of HTTP/1.1 that stubs on loopback need: keep-alive connections and bodies with a `content-length`.

use std::io::{self, BufRead, Write};

/// Request that a stub received.
#[derive(Debug)]
pub struct Request {
    /// First line without its end, such as `GET /path HTTP/1.1`.
    pub line: String,
    headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Request {
    /// Path and query string.
    pub fn path(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or_default()
    }

    /// Value of the first header with this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// Reads the next request; `None` at the end of the connection.
///
/// # Errors
///
/// The connection fails or ends within a request, or its `content-length` is not a number.
pub fn read(connection: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if connection.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        connection.read_line(&mut header)?;
        let Some((name, value)) = header.split_once(':') else { break };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let mut request = Request { line: line.trim_end().to_owned(), headers, body: Vec::new() };
    let length = request.header("content-length").unwrap_or("0").parse().map_err(io::Error::other)?;
    request.body.resize(length, 0);
    connection.read_exact(&mut request.body)?;
    Ok(Some(request))
}

/// Writes a response in one piece, because a delayed acknowledgement would hold up a second one.
///
/// # Errors
///
/// The connection fails.
pub fn write(
    connection: &mut (impl Write + ?Sized),
    status: u16,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<()> {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    let mut response =
        format!("HTTP/1.1 {status} Status\r\n{headers}content-length: {length}\r\n\r\n").into_bytes();
    response.extend_from_slice(body);
    connection.write_all(&response)?;
    connection.flush()
}
