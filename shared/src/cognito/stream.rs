//! Byte stream of a connection: TLS, or plain TCP to a local emulator.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use hyper_rustls::MaybeHttpsStream;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// Stream that counts received bytes, and zeroizes its read buffer.
pub(super) struct Stream {
    inner: TokioIo<MaybeHttpsStream<TokioIo<TcpStream>>>,
    received: Arc<AtomicU64>,
}

impl Stream {
    /// Stream over `inner`.
    pub(super) fn new(inner: MaybeHttpsStream<TokioIo<TcpStream>>) -> Self {
        Self { inner: TokioIo::new(inner), received: Arc::default() }
    }

    /// Counter of received bytes, after decryption.
    pub(super) fn received(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.received)
    }

    /// Overwrites the read buffer of rustls with zeros. rustls decrypts a response in place and keeps the buffer:
    /// the last user's tokens would stay there for as long as the connection does.
    fn zeroize_read_buffer(&mut self) {
        if let MaybeHttpsStream::Https(tls) = self.inner.inner_mut() {
            // rustls offers the unused part of the buffer: all of it, since every response has been read out.
            let _ = tls.inner_mut().get_mut().1.read_tls(&mut ZeroingReader);
        }
    }
}

/// Reader that fills the caller's buffer with zeros and reports no data.
struct ZeroingReader;

impl io::Read for ZeroingReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        buffer.fill(0);
        // With any other error, or with 0 bytes, the connection would be at its end.
        Err(io::ErrorKind::WouldBlock.into())
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.inner).poll_read(context, buffer);
        self.received.fetch_add((buffer.filled().len() - before) as u64, Ordering::Relaxed);
        if outcome.is_pending() {
            self.zeroize_read_buffer();
        }
        outcome
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(context, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

#[cfg(test)]
mod tests;
