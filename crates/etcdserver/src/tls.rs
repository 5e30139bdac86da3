//! The TLS that clients speak.

use std::sync::Arc;

use rustls::client::verify_server_name;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{ParsedCertificate, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig, ServerConnection};

use crate::options::TlsFiles;

fn certificates(pem: &[u8], what: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let read = read.map_err(|error| format!("{what} cannot be read: {error}"))?;
    if read.is_empty() {
        return Err(format!("{what} holds no certificate"));
    }
    Ok(read)
}

pub struct Tls {
    pub config: Arc<ServerConfig>,
    allowed_names: Vec<ServerName<'static>>,
}

impl Tls {
    /// Errors for what does not fit, in one sentence.
    pub fn new(files: &TlsFiles) -> Result<Tls, String> {
        let provider = Arc::new(default_provider());
        let chain = certificates(&files.certificate, "the certificate")?;
        let key = PrivateKeyDer::from_pem_slice(&files.key)
            .map_err(|error| format!("the key cannot be read: {error}"))?;
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let builder = match &files.authorities {
            None if files.requires_certificate => {
                return Err("client certificates need authorities to be checked by".to_owned());
            }
            None => builder.with_no_client_auth(),
            Some(pem) => {
                let mut roots = RootCertStore::empty();
                roots.add_parsable_certificates(certificates(pem, "the authorities' file")?);
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                let verifier = if files.requires_certificate {
                    verifier.build()
                } else {
                    verifier.allow_unauthenticated().build()
                };
                let verifier = verifier.map_err(|error| error.to_string())?;
                builder.with_client_cert_verifier(verifier)
            }
        };
        let mut config = builder
            .with_single_cert(chain, key)
            .map_err(|error| format!("the certificate cannot be used: {error}"))?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let allowed = files.allowed_names.iter().map(|name| {
            ServerName::try_from(name.clone()).map_err(|_| format!("{name} is not a host name"))
        });
        Ok(Tls {
            config: Arc::new(config),
            allowed_names: allowed.collect::<Result<_, _>>()?,
        })
    }

    /// Whether the client's certificate is for a name that is let in.
    pub fn admits(&self, connection: &ServerConnection) -> bool {
        if self.allowed_names.is_empty() {
            return true;
        }
        let chain = connection.peer_certificates().unwrap_or(&[]);
        let Some(Ok(leaf)) = chain.first().map(ParsedCertificate::try_from) else {
            return false;
        };
        let is_for = |name: &ServerName<'_>| verify_server_name(&leaf, name).is_ok();
        self.allowed_names.iter().any(is_for)
    }
}
