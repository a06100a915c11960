//! Why a page could not be read.

use super::{FETCH_BYTES_MAX, FETCH_SECONDS_MAX, REDIRECTS_MAX};

/// Why a page could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The address is not one that can be asked.
    #[error("{url}: {why}")]
    Address {
        /// As it was given, at most 200 characters of it.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The time to wait is 0 or too long.
    #[error("a time of {seconds} s: it must be 1 to {FETCH_SECONDS_MAX}")]
    Timeout {
        /// The time asked for.
        seconds: u64,
    },
    /// The selector is no CSS selector.
    #[error("`{selector}` is no CSS selector")]
    Selector {
        /// As it was given.
        selector: String,
    },
    /// The host is this machine, or in a private network.
    #[error("{host} is {what} ({address}), which is not read; the operator can allow the host")]
    Private {
        /// As it stands in the address.
        host: String,
        /// What it resolves to.
        address: std::net::IpAddr,
        /// What kind of address that is.
        what: &'static str,
    },
    /// No answer came, or it broke off.
    #[error("{host}: {reason}")]
    Unanswered {
        /// Who was asked.
        host: String,
        /// What happened.
        reason: String,
    },
    /// The whole page did not come in time.
    #[error("{url}: no whole page within {seconds} s")]
    TooSlow {
        /// The address asked for.
        url: String,
        /// The time it had.
        seconds: u64,
    },
    /// A redirect that cannot be followed.
    #[error("{url}: redirects, but {why}")]
    Redirect {
        /// Who redirected.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// It goes on and on.
    #[error("{url}: more than {REDIRECTS_MAX} redirects")]
    TooManyRedirects {
        /// The address asked for.
        url: String,
    },
    /// The page is larger than [`FETCH_BYTES_MAX`].
    #[error("{url}: larger than {} MiB", FETCH_BYTES_MAX >> 20)]
    TooLarge {
        /// Where it is.
        url: String,
    },
    /// An image, a PDF, an archive.
    #[error("{url}: {} is no text", if media.is_empty() { "it" } else { media })]
    NotText {
        /// Where it is.
        url: String,
        /// The media type the server named.
        media: String,
    },
    /// A selector was given for what is no HTML.
    #[error("{url}: {media} is no HTML, so no selector can be used")]
    NoHtml {
        /// Where it is.
        url: String,
        /// The media type the server named.
        media: String,
    },
    /// The selector names no part of the page.
    #[error("{url}: `{selector}` names no part of the page")]
    NothingSelected {
        /// Where it is.
        url: String,
        /// As it was given.
        selector: String,
    },
    /// The server refused, or there is no such page.
    #[error("{url}: answered {status}")]
    Status {
        /// Where it is not.
        url: String,
        /// 300 to 599.
        status: u16,
        /// The beginning of the page that came with it, at most 500 characters.
        text: String,
    },
    /// The page could not be taken apart.
    #[error("the page cannot be read: {reason}")]
    Unreadable {
        /// What happened.
        reason: String,
    },
}

impl FetchError {
    /// Every code [`FetchError::code`] gives, with its meaning.
    pub const CODES: &'static [(&'static str, &'static str)] = &[
        ("invalid_url", "the address is no http or https address that can be asked"),
        ("invalid_timeout", "the time to wait is 0 or longer than 120 s"),
        ("invalid_selector", "the selector is no CSS selector, or the page is no HTML"),
        ("private_address", "the host is this machine or in a private network"),
        ("unreachable", "no answer came, or it broke off"),
        ("timeout", "the whole page did not come in time"),
        ("redirect", "a redirect that cannot be followed, or too many"),
        ("too_large", "larger than 5 MiB"),
        ("not_text", "an image, a PDF, an archive; `mediaType` says what"),
        ("nothing_selected", "the selector names no part of the page"),
        ("http_status", "an answer other than 2xx; `status` and `text` say what"),
        ("unreadable", "the page could not be taken apart"),
    ];

    /// Which of [`FetchError::CODES`] this is.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            FetchError::Address { .. } => "invalid_url",
            FetchError::Timeout { .. } => "invalid_timeout",
            FetchError::Selector { .. } | FetchError::NoHtml { .. } => "invalid_selector",
            FetchError::Private { .. } => "private_address",
            FetchError::Unanswered { .. } => "unreachable",
            FetchError::TooSlow { .. } => "timeout",
            FetchError::Redirect { .. } | FetchError::TooManyRedirects { .. } => "redirect",
            FetchError::TooLarge { .. } => "too_large",
            FetchError::NotText { .. } => "not_text",
            FetchError::NothingSelected { .. } => "nothing_selected",
            FetchError::Status { .. } => "http_status",
            FetchError::Unreadable { .. } => "unreadable",
        }
    }
}
