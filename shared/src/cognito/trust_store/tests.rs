use std::collections::BTreeSet;

use ring::digest::{SHA256, digest};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

use super::AMAZON_TRUST_SERVICES;

/// "SHA-256 Hash of Subject Public Key Information" in the table of root CAs on
/// <https://www.amazontrust.com/repository/>.
const PUBLISHED: [&str; 5] = [
    "fbe3018031f9586bcbf41727e417b7d1c45c2f47f93be372a17b96b50757d5a2",
    "7f4296fc5b6a4e3b35d3c369623e364ab1af381d8fa7121533c9d6c633ea2461",
    "36abc32656acfc645c61b71613c4bf21c787f5cabbee48348d58597803d7abc9",
    "f7ecded5c66047d28ed6466b543c40e0743abe81d109254dcf845d4c2c7853c5",
    "2b071c59a0a0ae76b0eadb2bad23bad4580b69c3601b630c2eaf0613afa83f92",
];

#[test]
fn built_in_roots_are_those_that_amazon_publishes() {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(AMAZON_TRUST_SERVICES) {
        roots.add(certificate.unwrap()).unwrap();
    }
    let hashes: Vec<_> =
        roots.roots.iter().map(|root| sha256_of_key(&root.subject_public_key_info)).collect();
    assert_eq!(hashes.len(), PUBLISHED.len());
    assert_eq!(hashes.iter().map(String::as_str).collect::<BTreeSet<_>>(), BTreeSet::from(PUBLISHED));
}

/// Hash of the DER sequence, of which the trust anchor has the content alone.
fn sha256_of_key(content: &[u8]) -> String {
    let length = content.len().to_be_bytes();
    let length = length.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<_>>();
    let mut sequence = vec![0x30];
    // X.690, 8.1.3: up to 127 in one byte, else the number of bytes first.
    if content.len() > 127 {
        sequence.push(0x80 | length.len() as u8);
    }
    sequence.extend(length);
    sequence.extend_from_slice(content);
    digest(&SHA256, &sequence).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
