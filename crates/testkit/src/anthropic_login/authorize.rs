//! The page on which the user agrees, and the codes that it gives.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::fake::Fields;

/// How long a code is good: the most that RFC 6749 §4.1.2 recommends.
const CODE_LIFE: Duration = Duration::from_secs(600);

/// How many codes are known at once; the oldest are forgotten first.
const CODES_MAX: usize = 256;

/// How long a verifier may be, in characters (RFC 7636 §4.1).
const VERIFIER_LENGTH: std::ops::RangeInclusive<usize> = 43..=128;

/// Why the page does not let the user agree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizeError {
    /// The URL leads elsewhere, or has no query.
    #[error("{url:?} is not the page to authorize on")]
    Page {
        /// The URL.
        url: String,
    },
    /// A parameter is missing, empty, or other than it must be.
    #[error("{name} is {found:?}, and must be {expected}")]
    Parameter {
        /// Its name.
        name: &'static str,
        /// What stands there.
        found: Option<String>,
        /// What should.
        expected: &'static str,
    },
}

/// The codes of users who have agreed.
#[derive(Debug, Default)]
pub(super) struct Authorizations {
    codes: VecDeque<Authorization>,
    issued: u64,
}

/// What a user has agreed to.
#[derive(Debug)]
pub(super) struct Authorization {
    code: String,
    expires_at: SystemTime,
    redirect_uri: String,
    state: String,
    challenge: String,
    pub(super) client_id: String,
    pub(super) scope: String,
}

/// The name of a parameter that is not as it was when the user agreed.
#[derive(Debug)]
pub(super) struct WrongParameter(pub(super) &'static str);

impl Authorizations {
    /// The user agrees: `code#state`.
    pub(super) fn agree(
        &mut self,
        query: &Fields,
        now: SystemTime,
    ) -> Result<String, AuthorizeError> {
        required(query, "response_type", "code", |text| text == "code")?;
        required(query, "code_challenge_method", "S256", |text| text == "S256")?;
        let some = |name| required(query, name, "given", |_| true);
        let is_digest = |text: &str| {
            URL_SAFE_NO_PAD.decode(text).is_ok_and(|digest| digest.len() == Sha256::output_size())
        };
        let digest = "a SHA-256 in base64url without padding";
        let challenge = required(query, "code_challenge", digest, is_digest)?;
        let state = some("state")?;
        self.issued += 1;
        let code = format!("code-testkit-{}", self.issued);
        if self.codes.len() == CODES_MAX {
            self.codes.pop_front();
        }
        let pasted = format!("{code}#{state}");
        self.codes.push_back(Authorization {
            code,
            expires_at: now + CODE_LIFE,
            redirect_uri: some("redirect_uri")?,
            state,
            challenge,
            client_id: some("client_id")?,
            scope: some("scope")?,
        });
        Ok(pasted)
    }

    /// What the user has agreed to with the code of a request. The code is used up by that, whether
    /// the rest of the request is right or not. A request without `state` is a mistake: every known
    /// client sends it.
    pub(super) fn take(
        &mut self,
        request: &Fields,
        now: SystemTime,
    ) -> Result<Authorization, WrongParameter> {
        let code = request.get("code").unwrap_or_default();
        let index = self.codes.iter().position(|known| known.code == code);
        let agreed =
            index.and_then(|index| self.codes.remove(index)).ok_or(WrongParameter("code"))?;
        if now >= agreed.expires_at {
            return Err(WrongParameter("code"));
        }
        let expected = [
            ("client_id", &agreed.client_id),
            ("redirect_uri", &agreed.redirect_uri),
            ("state", &agreed.state),
        ];
        for (name, expected) in expected {
            if request.get(name) != Some(expected) {
                return Err(WrongParameter(name));
            }
        }
        let verifier = request.get("code_verifier").unwrap_or_default();
        let fits = VERIFIER_LENGTH.contains(&verifier.len());
        if !fits || URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) != agreed.challenge {
            return Err(WrongParameter("code_verifier"));
        }
        Ok(agreed)
    }
}

fn required(
    query: &Fields,
    name: &'static str,
    expected: &'static str,
    is_right: impl FnOnce(&str) -> bool,
) -> Result<String, AuthorizeError> {
    let found = query.get(name);
    match found.filter(|text| is_right(text)) {
        Some(text) => Ok(text.to_owned()),
        None => Err(AuthorizeError::Parameter { name, found: found.map(str::to_owned), expected }),
    }
}
