//! Certificate authorities that an operator trusts besides the public ones.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{Error as PemError, PemObject};
use std::fmt;

/// The certificates of authorities that a provider's server may be vouched for by, besides those of Mozilla's programme:
/// a company's own, or that of one self-signed server. Each of them is one that TLS can use.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Authorities(Vec<CertificateDer<'static>>);

/// Why a text gives no authorities.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthoritiesError {
    /// It is not PEM, or it holds other things than certificates (a key).
    #[error("no certificate in PEM form is in it")]
    None,
    /// A part of it is not PEM.
    #[error("what follows certificate {after} is not PEM: {reason}")]
    NotPem {
        /// How many certificates were read before it.
        after: usize,
        /// What the reader says.
        reason: String,
    },
    /// One of them is not a certificate that TLS knows (X.509, version 3).
    #[error("certificate {number} is not one that TLS can use")]
    Unusable {
        /// Which one, from 1.
        number: usize,
    },
}

impl Authorities {
    /// Reads every certificate of a PEM text; what else stands in it (comments, other sections) is passed over.
    ///
    /// # Errors
    /// When there is none, or one cannot be read or used.
    pub fn from_pem(pem: &[u8]) -> Result<Self, AuthoritiesError> {
        let mut found = Vec::new();
        let mut usable = RootCertStore::empty();
        for section in CertificateDer::pem_slice_iter(pem) {
            let certificate = section.map_err(|error| AuthoritiesError::NotPem {
                after: found.len(),
                reason: why(&error),
            })?;
            usable
                .add(certificate.clone())
                .map_err(|_| AuthoritiesError::Unusable { number: found.len() + 1 })?;
            found.push(certificate);
        }
        if found.is_empty() { Err(AuthoritiesError::None) } else { Ok(Authorities(found)) }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Adds them to what is trusted.
    pub(crate) fn add_to(&self, roots: &mut RootCertStore) -> Result<(), String> {
        self.0.iter().try_for_each(|certificate| {
            roots
                .add(certificate.clone())
                .map_err(|error| format!("a certificate of the operator: {error}"))
        })
    }
}

/// In words: the reader's own name a section's end mark as a list of bytes.
fn why(error: &PemError) -> String {
    match error {
        PemError::MissingSectionEnd { .. } => "a section has no end".to_owned(),
        PemError::IllegalSectionStart { .. } => "a section has no right beginning".to_owned(),
        PemError::Base64Decode(_) => "a section is not base64".to_owned(),
        other => other.to_string(),
    }
}

impl fmt::Debug for Authorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authorities({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use rcgen::{CertificateParams, KeyPair};

    fn certificate() -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let name = vec!["localhost".to_owned()];
        let certificate = CertificateParams::new(name).unwrap().self_signed(&key).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    fn check(pem: &str, expected: Expect) {
        let found = Authorities::from_pem(pem.as_bytes());
        expected.assert_eq(&found.map_or_else(|e| e.to_string(), |found| format!("{found:?}")));
    }

    #[test]
    fn every_certificate_of_a_bundle_counts_and_nothing_else() {
        let (first, key) = certificate();
        let (second, _) = certificate();
        check(&first, expect!["Authorities(1)"]);
        check(&format!("# ours\n{first}\r\n# theirs\n{second}{key}"), expect!["Authorities(2)"]);
    }

    #[test]
    fn what_is_no_bundle_says_why() {
        let (good, key) = certificate();
        check("", expect!["no certificate in PEM form is in it"]);
        check("\u{30}\u{82}\u{1}", expect!["no certificate in PEM form is in it"]);
        check(&key, expect!["no certificate in PEM form is in it"]);
        let cut = good.split_at(good.len() / 2).0;
        check(cut, expect!["what follows certificate 0 is not PEM: a section has no end"]);
        check(
            &format!("{good}{cut}"),
            expect!["what follows certificate 1 is not PEM: a section has no end"],
        );
        let odd = "-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n";
        check(odd, expect!["what follows certificate 0 is not PEM: a section is not base64"]);
        let empty = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        check(&format!("{good}{empty}"), expect!["certificate 2 is not one that TLS can use"]);
    }
}
