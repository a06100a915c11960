//! For which project a request is made: that of its client key, else the one that its header names, else the one that
//! has its Host.

use crate::client_key::ClientKey;
use crate::settings::ProjectSettings;
use http::{HeaderMap, HeaderName};
use ironbridge_wire::{ApiError, ErrorKind};

/// Names a request's project.
const HEADER: HeaderName = HeaderName::from_static("x-ironbridge-project");

/// The longest name of a project, in characters: it stands in every record.
pub const PROJECT_CHARS_MAX: usize = 64;

/// Checks what a request says of its project.
///
/// # Errors
/// The header holds no name, or another project than the one its key is for.
pub(crate) fn check(headers: &HeaderMap, key: Option<&ClientKey>) -> Result<(), ApiError> {
    let Some(value) = headers.get(HEADER) else { return Ok(()) };
    let Some(named) = value.to_str().ok().filter(|name| is_name(name)) else {
        let message = format!(
            "`{HEADER}` is no name of a project: up to {PROJECT_CHARS_MAX} letters, digits, `-`, `_` and `.`"
        );
        return Err(ApiError::new(ErrorKind::InvalidRequest, message));
    };
    let own = key.and_then(|key| key.project.as_deref());
    match (key, own) {
        (Some(key), Some(own)) if own != named => {
            let message = format!("the client key `{}` is for the project `{own}` alone", key.name);
            Err(ApiError::new(ErrorKind::Permission, message))
        }
        _ => Ok(()),
    }
}

/// The project of a request that passed [`check`].
pub(crate) fn of(
    headers: &HeaderMap,
    key: Option<&ClientKey>,
    domain: &str,
    projects: &[ProjectSettings],
) -> Option<String> {
    let own = key.and_then(|key| key.project.clone());
    let named = || headers.get(HEADER)?.to_str().ok().map(str::to_owned);
    let by_domain = || {
        let of_domain =
            projects.iter().find(|project| project.domains.iter().any(|of| of == domain));
        of_domain.map(|project| project.name.clone())
    };
    own.or_else(named).or_else(by_domain)
}

fn is_name(text: &str) -> bool {
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !text.is_empty() && text.len() <= PROJECT_CHARS_MAX && text.bytes().all(fine)
}
