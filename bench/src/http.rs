//! As much of HTTP/1.1 as the two stubs need.

use std::io::{self, BufRead, Write};

/// A request: its method and path in one line, and its body.
#[derive(Debug)]
pub struct Request {
    /// Such as `GET /path HTTP/1.1`.
    pub line: String,
    /// What `X-Amz-Target` says: the operation of AWS JSON.
    pub target: String,
    /// As long as `Content-Length` says.
    pub body: Vec<u8>,
}

/// The next request, or `None` where the other side has closed the connection.
///
/// # Errors
///
/// Where the connection fails, or what arrives is no HTTP.
pub fn read(stream: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let (mut length, mut target, mut chunked) = (0, String::new(), false);
    loop {
        let mut header = String::new();
        stream.read_line(&mut header)?;
        let Some((name, value)) = header.split_once(':') else { break };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().map_err(io::Error::other)?,
            "transfer-encoding" => chunked = value.eq_ignore_ascii_case("chunked"),
            "x-amz-target" => value.clone_into(&mut target),
            _ => {}
        }
    }
    let body = if chunked { read_chunks(stream)? } else { read_exactly(stream, length)? };
    Ok(Some(Request { line: line.trim_end().to_owned(), target, body }))
}

fn read_exactly(stream: &mut impl BufRead, length: usize) -> io::Result<Vec<u8>> {
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(body)
}

fn read_chunks(stream: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut size = String::new();
        stream.read_line(&mut size)?;
        let size = usize::from_str_radix(size.trim(), 16).map_err(io::Error::other)?;
        body.extend(read_exactly(stream, size)?);
        let mut end = String::new();
        stream.read_line(&mut end)?;
        if size == 0 {
            return Ok(body);
        }
    }
}

/// Writes an answer, in one piece, as a real server would.
///
/// # Errors
///
/// Where the connection fails.
pub fn write(stream: &mut impl Write, status: &str, headers: &str, body: &[u8]) -> io::Result<()> {
    let mut answer =
        format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n", body.len()).into_bytes();
    answer.extend_from_slice(body);
    stream.write_all(&answer)?;
    stream.flush()
}
