//! Reading a page of the web for a model: one GET, made safe, given as Markdown, text or as it is.
//!
//! The address comes from a model, which a page it has read may have talked into asking for it. So:
//!
//! - only `http` and `https`, no user name in the address, no header and no cookie of anybody;
//! - no address of a private network, of this machine or of a cloud's metadata service: asked of what the name
//!   *resolves* to, in the step that opens the connection ([`addresses`]), at every redirect anew. An operator may
//!   allow hosts of his own ([`FetchSettings::allowed_hosts`]);
//! - no proxy: behind one, it would be the proxy that resolves names;
//! - the whole call within one time, the body within [`FETCH_BYTES_MAX`] packed and unpacked, at most
//!   [`REDIRECTS_MAX`] redirects.

mod addresses;
mod charset;
mod connect;
mod error;
mod media;
mod page;

use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, HOST, LOCATION, USER_AGENT};
use http::{HeaderMap, Response};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use url::Url;

pub use error::FetchError;
pub use page::PageLink;

use crate::authorities::Authorities;
use crate::gunzip::Gunzip;
use crate::remote::OWN_USER_AGENT;
use connect::FetchClient;
use media::MediaType;

/// The largest body, as it comes over the wire and unpacked, in bytes.
pub const FETCH_BYTES_MAX: usize = 5 << 20;
/// How long a call takes at most when the caller names no time.
pub const FETCH_SECONDS_DEFAULT: u64 = 30;
/// The longest time a caller may name.
pub const FETCH_SECONDS_MAX: u64 = 120;
/// Redirects followed before it counts as a circle; what browsers and curl allow is 20 and 50, pages need three.
pub const REDIRECTS_MAX: usize = 10;
/// Links given of one page.
pub const LINKS_MAX: usize = 200;
/// The longest address, in bytes.
pub const URL_BYTES_MAX: usize = 8 << 10;
/// Packed bytes are taken in pieces of this size: deflate packs up to about 1,000 to 1, so one unpacks to 4 MiB.
const PIECE_BYTES: usize = 4 << 10;
/// What is told of the page of an error, in characters.
const ERROR_TEXT_CHARACTERS: usize = 500;

const ACCEPTED: &str = "text/markdown, text/html;q=0.9, text/plain;q=0.8, */*;q=0.5";

/// Reads a page of the web by GET and gives it as Markdown (the default), as plain text, or as it is.
///
/// Addresses of private networks and of this machine are refused, also when a name resolves or a redirect leads to one.
/// No cookies, no login, no scripts run. 5 MiB and 10 redirects at most.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fetch {
    /// The address, `http` or `https`; at most 8 KiB.
    pub url: String,
    /// What the page is turned into. A page that is no HTML is given as it is.
    #[serde(default)]
    pub format: PageFormat,
    /// Only the parts of the page that this CSS selector names, in their order.
    #[serde(default)]
    pub selector: Option<String>,
    /// How long the whole call may take, in seconds: 30 when not given, 120 at most.
    #[serde(default)]
    pub timeout_seconds: Option<u64>,
}

/// What a page is turned into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum PageFormat {
    /// Headings, lists, tables, links and code as Markdown; scripts and styles left out.
    #[default]
    Markdown,
    /// The visible text.
    Text,
    /// HTML as the server sent it, decoded.
    Html,
}

/// A page that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Fetched {
    /// Where it was found in the end.
    pub url: String,
    /// The addresses that redirected, first to last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redirects: Vec<String>,
    /// The status of the answer, 200 to 299.
    pub status: u16,
    /// The media type, without its parameters; empty when the server names none.
    pub content_type: String,
    /// What the text was decoded from, by its name in the Encoding Standard.
    pub charset: String,
    /// Bytes of the body, unpacked.
    pub bytes: u64,
    /// The title of an HTML page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What `text` was turned into; absent for what is no HTML and is given as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<PageFormat>,
    /// The page.
    pub text: String,
    /// Links of an HTML page (of the selected parts), absolute, each once; at most 200.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<PageLink>,
}

/// What an operator decides about fetching.
#[derive(Clone, Debug, Default)]
pub struct FetchSettings {
    /// Hosts that may be asked although they are private: `host` or `host:port`, as they stand in an address.
    pub allowed_hosts: Vec<String>,
    /// Certificate authorities beside the public ones.
    pub authorities: Authorities,
}

/// Reads pages. Holds no connection between calls.
pub struct Fetcher {
    client: FetchClient,
    settings: FetchSettings,
}

impl Fetcher {
    /// A fetcher; nothing is connected yet.
    ///
    /// # Errors
    /// When an authority is not usable; the text says which.
    pub fn new(settings: FetchSettings) -> Result<Self, String> {
        Ok(Fetcher { client: FetchClient::new(&settings.authorities)?, settings })
    }

    /// Reads one page. Cancel safe: dropping the future closes the connection. Must be called within a tokio runtime
    /// with time, I/O and blocking threads.
    ///
    /// # Errors
    /// [`FetchError`]; a status other than 2xx is one, with the beginning of its page.
    pub async fn fetch(&self, asked: &Fetch) -> Result<Fetched, FetchError> {
        let seconds = asked.timeout_seconds.unwrap_or(FETCH_SECONDS_DEFAULT);
        if seconds == 0 || seconds > FETCH_SECONDS_MAX {
            return Err(FetchError::Timeout { seconds });
        }
        let whole = tokio::time::timeout(Duration::from_secs(seconds), self.read(asked));
        whole.await.map_err(|_| FetchError::TooSlow { url: asked.url.clone(), seconds })?
    }

    async fn read(&self, asked: &Fetch) -> Result<Fetched, FetchError> {
        let mut url = address(&asked.url)?;
        let selector = asked.selector.as_deref().map(page::selector).transpose()?;
        let mut redirects = Vec::new();
        let answer = loop {
            let answer = self.get(&url).await?;
            let Some(next) = redirected(&url, &answer)? else { break answer };
            if redirects.len() == REDIRECTS_MAX {
                return Err(FetchError::TooManyRedirects { url: asked.url.clone() });
            }
            redirects.push(String::from(std::mem::replace(&mut url, next)));
        };
        let (head, body) = answer.into_parts();
        let body = whole_body(&url, &head.headers, body).await?;
        let media = MediaType::of(&head.headers);
        if !media.is_text(&body) {
            return Err(FetchError::NotText { url: url.into(), media: media.essence });
        }
        let (text, charset) = charset::decode(&body, media.charset.as_deref());
        if !head.status.is_success() {
            let text = text.chars().take(ERROR_TEXT_CHARACTERS).collect();
            return Err(FetchError::Status { url: url.into(), status: head.status.as_u16(), text });
        }
        let mut fetched = Fetched {
            url: url.as_str().to_owned(),
            redirects,
            status: head.status.as_u16(),
            content_type: media.essence.clone(),
            charset,
            bytes: body.len() as u64,
            title: None,
            format: None,
            text,
            links: Vec::new(),
        };
        if !media.is_html(&fetched.text) {
            return match selector {
                None => Ok(fetched),
                Some(_) => Err(FetchError::NoHtml { url: url.into(), media: media.essence }),
            };
        }
        let format = asked.format;
        // Parsing five megabytes of HTML takes a good part of a second: not on the thread that drives the sockets.
        let parsed = tokio::task::spawn_blocking(move || {
            page::read(&mut fetched, &url, format, selector.as_ref()).map(|()| fetched)
        });
        parsed.await.map_err(|error| FetchError::Unreadable { reason: error.to_string() })?
    }

    async fn get(&self, url: &Url) -> Result<Response<Incoming>, FetchError> {
        let private_allowed = self.is_allowed(url);
        let mut request = http::Request::new(Empty::<Bytes>::new());
        *request.uri_mut() = url
            .as_str()
            .parse()
            .map_err(|_| FetchError::Address { url: url.to_string(), why: "no valid address" })?;
        let headers = request.headers_mut();
        headers.insert(ACCEPT, http::HeaderValue::from_static(ACCEPTED));
        headers.insert(ACCEPT_ENCODING, http::HeaderValue::from_static("gzip, identity;q=0.5"));
        headers.insert(USER_AGENT, http::HeaderValue::from_static(OWN_USER_AGENT));
        debug_assert!(!headers.contains_key(HOST), "hyper sets it by the address");
        self.client.send(request, url, private_allowed).await
    }

    /// Whether the operator allowed this very host, with this port or with any.
    fn is_allowed(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        let host = host.trim_end_matches('.');
        let with_port = format!("{host}:{}", url.port_or_known_default().unwrap_or_default());
        let allowed = &self.settings.allowed_hosts;
        allowed.iter().any(|allowed| {
            allowed.eq_ignore_ascii_case(host) || allowed.eq_ignore_ascii_case(&with_port)
        })
    }
}

/// An address as a model wrote it; `#part` is left out, it is never sent.
fn address(text: &str) -> Result<Url, FetchError> {
    let wrong = |why| FetchError::Address { url: text.chars().take(200).collect(), why };
    if text.len() > URL_BYTES_MAX {
        return Err(wrong("longer than 8 KiB"));
    }
    let url =
        Url::parse(text).map_err(|_| wrong("no absolute address like https://example.org/"))?;
    checked(url).map_err(wrong)
}

/// The rules that hold for the first address and for every one it redirects to.
fn checked(mut url: Url) -> Result<Url, &'static str> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err("neither http nor https");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it holds a user name or a password");
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err("it names no host");
    }
    url.set_fragment(None);
    Ok(url)
}

/// Where the answer sends us, if it does.
fn redirected(url: &Url, answer: &Response<Incoming>) -> Result<Option<Url>, FetchError> {
    if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let wrong = |why| FetchError::Redirect { url: url.to_string(), why };
    let location =
        answer.headers().get(LOCATION).ok_or_else(|| wrong("it does not say where to"))?;
    let location =
        std::str::from_utf8(location.as_bytes()).map_err(|_| wrong("no valid address"))?;
    if location.len() > URL_BYTES_MAX {
        return Err(wrong("an address longer than 8 KiB"));
    }
    let next = url.join(location).map_err(|_| wrong("no valid address"))?;
    checked(next).map(Some).map_err(wrong)
}

async fn whole_body(
    url: &Url,
    headers: &HeaderMap,
    mut body: Incoming,
) -> Result<Bytes, FetchError> {
    let too_large = || FetchError::TooLarge { url: url.to_string() };
    let broken = |reason: String| FetchError::Unanswered {
        host: host_of(url),
        reason: format!("it broke off: {reason}"),
    };
    let unpacked = |error: std::io::Error| broken(error.to_string());
    let declared = hyper::body::Body::size_hint(&body).lower();
    if declared > FETCH_BYTES_MAX as u64 {
        return Err(too_large());
    }
    let mut gunzip = match headers.get(CONTENT_ENCODING).map(http::HeaderValue::as_bytes) {
        None | Some(b"" | b"identity") => None,
        // The limit is looked at below; this one can only be met by bytes that were over it already.
        Some(b"gzip" | b"x-gzip") => Some(Gunzip::with_limit(2 * FETCH_BYTES_MAX)),
        Some(_) => return Err(broken("packed in a way that was not asked for".to_owned())),
    };
    let (mut packed_bytes, mut text) = (0, BytesMut::new());
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| broken(crate::chain(&error)))?;
        let Ok(data) = frame.into_data() else { continue };
        packed_bytes += data.len();
        for piece in data.chunks(PIECE_BYTES) {
            match &mut gunzip {
                None => text.extend_from_slice(piece),
                Some(gunzip) => text.extend_from_slice(&gunzip.push(piece).map_err(unpacked)?),
            }
            if text.len() > FETCH_BYTES_MAX {
                return Err(too_large());
            }
        }
    }
    if let Some(mut gunzip) = gunzip.filter(|_| packed_bytes > 0) {
        text.extend_from_slice(&gunzip.end().map_err(unpacked)?);
    }
    Ok(text.freeze())
}

fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}
