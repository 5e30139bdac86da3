//! The TLS that a listener speaks, of PEM and of OpenSSL's names.

use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::ring::{cipher_suite, default_provider, kx_group};
use rustls::crypto::{CryptoProvider, SupportedKxGroup, WebPkiSupportedAlgorithms};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ClientHello, ResolvesServerCert, ServerSessionMemoryCache};
use rustls::sign::CertifiedKey;
use rustls::{
    DigitallySignedStruct, DistinguishedName, Error, PeerMisbehaved, RootCertStore, ServerConfig,
    SignatureScheme, SupportedCipherSuite, SupportedProtocolVersion,
};

use crate::der::public_key;

#[derive(Clone, Debug, Default)]
pub struct NamedPair {
    /// Host names, also with `*` as their first label.
    pub names: Vec<String>,
    pub certificate: String,
    pub key: String,
}

#[derive(Clone, Debug, Default)]
pub struct TlsOptions {
    /// PEM.
    pub certificate: String,
    pub key: String,
    /// PEM; client certificates are asked for where there are any, and never required.
    pub client_authorities: Option<String>,
    /// Nothing older than TLS 1.3.
    pub only_tls13: bool,
    /// OpenSSL's names of suites of TLS 1.2, with colons between.
    pub ciphers: Option<String>,
    /// OpenSSL's names of groups, with colons between, best first.
    pub curves: Option<String>,
    pub without_http2: bool,
    /// The other way round: HTTP/1.1 is not offered.
    pub only_http2: bool,
    pub by_server_name: Vec<NamedPair>,
}

/// Sessions that can be resumed.
const SESSIONS: usize = 4_096;

pub struct Tls {
    pub config: Arc<ServerConfig>,
    authorities: Option<Authorities>,
}

/// What TLS can say of a client's certificate.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    Verified,
    NotVerified(String),
    /// It is one of the authorities itself.
    IsAuthority,
}

#[derive(Clone, Debug)]
struct Authorities {
    certificates: Vec<CertificateDer<'static>>,
    verifier: Option<Arc<dyn ClientCertVerifier>>,
}

fn certificates(pem: &str, what: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let read = read.map_err(|error| format!("{what} cannot be read: {error}"))?;
    if read.is_empty() {
        return Err(format!("{what} holds no certificate"));
    }
    Ok(read)
}

fn pair(certificate: &str, key: &str, provider: &CryptoProvider) -> Result<CertifiedKey, String> {
    let chain = certificates(certificate, "the certificate")?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes())
        .map_err(|error| format!("the key cannot be read: {error}"))?;
    let signing = provider
        .key_provider
        .load_private_key(key)
        .map_err(|error| format!("keys of this kind are not served: {error}"))?;
    let pair = CertifiedKey::new(chain, signing);
    match pair.keys_match() {
        Ok(()) => Ok(pair),
        // Read far enough for a handshake, whatever else is in it.
        Err(Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => Ok(pair),
        Err(Error::InconsistentKeys(_)) => {
            Err("key values mismatch: the key is not the certificate's".to_owned())
        }
        Err(error) => Err(format!("the certificate cannot be used: {error}")),
    }
}

/// Suites of TLS 1.2 by OpenSSL's names.
const SUITES: &[(&str, SupportedCipherSuite)] = &[
    (
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    ),
    (
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    ),
    (
        "ECDHE-ECDSA-CHACHA20-POLY1305",
        cipher_suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    ),
    (
        "ECDHE-RSA-AES128-GCM-SHA256",
        cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    ),
    (
        "ECDHE-RSA-AES256-GCM-SHA384",
        cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    ),
    (
        "ECDHE-RSA-CHACHA20-POLY1305",
        cipher_suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ),
];

fn named<T: Copy>(
    names: &str,
    what: &str,
    find: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, String> {
    names
        .split(':')
        .map(|name| find(name).ok_or_else(|| format!("the {what} {name} is not served")))
        .collect()
}

fn suite_named(name: &str) -> Option<SupportedCipherSuite> {
    SUITES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, suite)| *suite)
}

fn group_named(name: &str) -> Option<&'static dyn SupportedKxGroup> {
    match name {
        "X25519" => Some(kx_group::X25519),
        "P-256" | "prime256v1" => Some(kx_group::SECP256R1),
        "P-384" | "secp384r1" => Some(kx_group::SECP384R1),
        _ => None,
    }
}

fn provider_of(options: &TlsOptions) -> Result<CryptoProvider, String> {
    let mut provider = default_provider();
    if let Some(ciphers) = &options.ciphers {
        let older = named(ciphers, "cipher suite", suite_named)?;
        let of_tls13 = |suite: &SupportedCipherSuite| suite.tls13().is_some();
        provider.cipher_suites.retain(of_tls13);
        provider.cipher_suites.extend(older);
    }
    if let Some(curves) = &options.curves {
        provider.kx_groups = named(curves, "group", group_named)?;
    }
    Ok(provider)
}

#[derive(Debug)]
struct Certificates {
    default: Arc<CertifiedKey>,
    by_name: Vec<(String, Arc<CertifiedKey>)>,
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let asked = hello.server_name().unwrap_or("");
        let found = self.by_name.iter().find(|(name, _)| covers(name, asked));
        Some(found.map_or(&self.default, |(_, pair)| pair).clone())
    }
}

fn covers(name: &str, asked: &str) -> bool {
    match name.strip_prefix("*.") {
        None => name.eq_ignore_ascii_case(asked),
        Some(parent) => asked
            .split_once('.')
            .is_some_and(|(label, rest)| !label.is_empty() && rest.eq_ignore_ascii_case(parent)),
    }
}

/// Takes whatever certificate its sender has the key of.
#[derive(Debug)]
struct AskForCertificate {
    hints: Vec<DistinguishedName>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl AskForCertificate {
    /// The certificate's key is taken as it is: certificates that are no more than old are the
    /// authenticators' to judge.
    fn verify(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let bad = Error::InvalidCertificate(rustls::CertificateError::BadSignature);
        let Some(key) = public_key(certificate) else {
            return Err(Error::InvalidCertificate(
                rustls::CertificateError::BadEncoding,
            ));
        };
        let mapping = self.algorithms.mapping.iter();
        let fits = mapping.filter(|(scheme, _)| *scheme == signed.scheme);
        for algorithm in fits.flat_map(|(_, algorithms)| algorithms.iter()) {
            if algorithm.public_key_alg_id().as_ref() != key.algorithm {
                continue;
            }
            return match algorithm.verify_signature(key.key, message, signed.signature()) {
                Ok(()) => Ok(HandshakeSignatureValid::assertion()),
                Err(_) => Err(bad),
            };
        }
        Err(bad)
    }
}

impl ClientCertVerifier for AskForCertificate {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verify(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let of_tls12_alone = matches!(
            signed.scheme,
            SignatureScheme::RSA_PKCS1_SHA1
                | SignatureScheme::RSA_PKCS1_SHA256
                | SignatureScheme::RSA_PKCS1_SHA384
                | SignatureScheme::RSA_PKCS1_SHA512
                | SignatureScheme::ECDSA_SHA1_Legacy
        );
        if of_tls12_alone {
            return Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into());
        }
        self.verify(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl Tls {
    /// Errors for what does not fit, in one sentence.
    pub fn new(options: &TlsOptions) -> Result<Tls, String> {
        let provider = Arc::new(provider_of(options)?);
        let default = Arc::new(pair(&options.certificate, &options.key, &provider)?);
        let mut by_name = Vec::new();
        for named in &options.by_server_name {
            let pair = Arc::new(pair(&named.certificate, &named.key, &provider)?);
            by_name.extend(named.names.iter().map(|name| (name.clone(), pair.clone())));
        }
        // Whole names before patterns.
        by_name.sort_by_key(|(name, _)| name.starts_with("*."));
        let versions: &[&SupportedProtocolVersion] = if options.only_tls13 {
            &[&rustls::version::TLS13]
        } else {
            &[&rustls::version::TLS13, &rustls::version::TLS12]
        };
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(versions)
            .map_err(|error| error.to_string())?;
        let authorities = match &options.client_authorities {
            Some(pem) => Some(Authorities::new(pem, &provider)?),
            None => None,
        };
        let builder = match &authorities {
            None => builder.with_no_client_auth(),
            Some(authorities) => builder.with_client_cert_verifier(Arc::new(AskForCertificate {
                hints: authorities
                    .verifier
                    .as_ref()
                    .map_or_else(Vec::new, |verifier| verifier.root_hint_subjects().to_vec()),
                algorithms: provider.signature_verification_algorithms,
            })),
        };
        let mut config = builder.with_cert_resolver(Arc::new(Certificates { default, by_name }));
        config.session_storage = ServerSessionMemoryCache::new(SESSIONS);
        config.send_tls13_tickets = 1;
        let (h2, http1) = (b"h2".to_vec(), b"http/1.1".to_vec());
        config.alpn_protocols = match (options.without_http2, options.only_http2) {
            (true, _) => vec![http1],
            (false, true) => vec![h2],
            (false, false) => vec![h2, http1],
        };
        Ok(Tls {
            config: Arc::new(config),
            authorities,
        })
    }

    pub fn verdict(&self, chain: &[CertificateDer<'_>]) -> Verdict {
        let none = || Verdict::NotVerified("there are no authorities".to_owned());
        let (Some(authorities), Some((leaf, more))) = (&self.authorities, chain.split_first())
        else {
            return none();
        };
        if authorities.certificates.iter().any(|known| known == leaf) {
            return Verdict::IsAuthority;
        }
        let Some(verifier) = &authorities.verifier else {
            return none();
        };
        match verifier.verify_client_cert(leaf, more, UnixTime::now()) {
            Ok(_) => Verdict::Verified,
            Err(error) => Verdict::NotVerified(error.to_string()),
        }
    }
}

impl Authorities {
    fn new(pem: &str, provider: &Arc<CryptoProvider>) -> Result<Authorities, String> {
        let certificates = certificates(pem, "the client authorities' file")?;
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(certificates.iter().cloned());
        let builder = rustls::server::WebPkiClientVerifier::builder_with_provider(
            Arc::new(roots),
            provider.clone(),
        );
        Ok(Authorities {
            certificates,
            verifier: builder.build().ok(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_served_is_refused_by_its_name() {
        let with = |ciphers: &str, curves: &str| {
            let options = TlsOptions {
                ciphers: Some(ciphers.to_owned()),
                curves: Some(curves.to_owned()),
                ..TlsOptions::default()
            };
            provider_of(&options).map(|provider| {
                let names = provider.kx_groups.iter().map(|group| group.name());
                (provider.cipher_suites.len(), names.collect::<Vec<_>>())
            })
        };
        let good = "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305";
        let (suites, groups) = with(good, "P-384:X25519").expect("all of it is served");
        assert_eq!(suites, 5);
        assert_eq!(groups.len(), 2);
        assert_eq!(
            with("AES128-SHA", "P-384").err().as_deref(),
            Some("the cipher suite AES128-SHA is not served")
        );
        assert_eq!(
            with(good, "P-384:P-521").err().as_deref(),
            Some("the group P-521 is not served")
        );
    }

    #[test]
    fn names_cover_what_they_name() {
        assert!(covers("a.test", "A.test"));
        assert!(covers("*.c.test", "x.c.test"));
        assert!(!covers("*.c.test", "c.test"));
        assert!(!covers("*.c.test", "x.y.c.test"));
        assert!(!covers("a.test", ""));
    }
}
