use std::io;

use futures_util::FutureExt;
use hyper_rustls::{HttpsConnectorBuilder, MaybeHttpsStream};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};
use test_support::endpoint::{Certificate, Endpoint, respond};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower_service::Service;

use super::Stream;

/// Opens a connection to `endpoint`, whose certificate is trusted.
async fn open(endpoint: &Endpoint) -> Stream {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(endpoint.certificate().as_bytes()).unwrap()).unwrap();
    let tls = ClientConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_only().enable_http1().build();
    Stream::new(connector.call(endpoint.url().parse().unwrap()).await.unwrap())
}

/// The read buffer of rustls.
fn read_buffer(stream: &mut Stream) -> Vec<u8> {
    struct Copy(Vec<u8>);

    impl io::Read for Copy {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.extend_from_slice(buffer);
            Err(io::ErrorKind::WouldBlock.into())
        }
    }

    let mut copy = Copy(Vec::new());
    let MaybeHttpsStream::Https(tls) = stream.inner.inner_mut() else { panic!("a connection without TLS") };
    tls.inner_mut().get_mut().1.read_tls(&mut copy).unwrap_err();
    copy.0
}

#[tokio::test]
async fn read_buffer_is_zeroized_after_a_response() {
    const TOKEN: &[u8] = b"canary-of-a-token";
    let endpoint = Endpoint::tls(Certificate::Valid, |_, connection| {
        respond(connection, 200, std::str::from_utf8(TOKEN).unwrap())
    });
    let mut stream = open(&endpoint).await;
    stream.write_all(b"POST / HTTP/1.1\r\ncontent-length: 0\r\n\r\n").await.unwrap();
    stream.flush().await.unwrap();
    let mut response = Vec::new();
    while !response.ends_with(TOKEN) {
        assert!(stream.read_buf(&mut response).await.unwrap() > 0, "the response is incomplete");
    }
    let has_token = |buffer: &[u8]| buffer.windows(TOKEN.len()).any(|window| window == TOKEN);
    assert!(has_token(&read_buffer(&mut stream)), "rustls decrypts in place");

    // hyper waits for the end of the connection while it is idle.
    assert!(stream.read_u8().now_or_never().is_none(), "nothing more was sent");

    let buffer = read_buffer(&mut stream);
    assert!(!buffer.is_empty() && buffer.iter().all(|byte| *byte == 0), "the read buffer is not zeroized");
}
