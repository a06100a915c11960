//! Who may talk to the gateway at all: protection against hostile web pages.
//!
//! A page in the user's browser can send requests to loopback. It cannot choose its `Origin`, and with DNS rebinding it
//! keeps its own `Host`; a simple form cannot send `application/json`. So all three are checked, before anything else,
//! on every route.

use crate::settings::ServerSettings;
use http::header::{CONTENT_TYPE, HOST, ORIGIN};
use http::{HeaderMap, Method, Uri};
use ironbridge_wire::{ApiError, ErrorKind};
use std::net::{IpAddr, SocketAddr};

/// Refuses a request whose Host, Origin or content type a hostile page could have made.
///
/// `local` is the address the listener is bound to.
pub(crate) fn check(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    server: &ServerSettings,
    local: SocketAddr,
) -> Result<(), ApiError> {
    let host = host_of(uri, headers)
        .ok_or_else(|| ApiError::new(ErrorKind::InvalidRequest, "the request names no Host"))?;
    if !is_allowed(&host, server, local) {
        return Err(ApiError::new(
            ErrorKind::Permission,
            format!(
                "the Host `{host}` is not served here; add it to `domains` in the config's [server]"
            ),
        ));
    }
    if let Some(origin) = headers.get(ORIGIN) {
        let origin = origin.to_str().unwrap_or_default();
        let own = origin.split_once("://").is_some_and(|(_, host)| is_allowed(host, server, local));
        if !own {
            return Err(ApiError::new(
                ErrorKind::Permission,
                format!(
                    "the Origin `{origin}` is foreign; web pages of other sites may not use the gateway"
                ),
            ));
        }
    }
    if *method == Method::POST && !is_json(headers) {
        return Err(ApiError::new(
            ErrorKind::UnsupportedMediaType,
            "POST takes a JSON body; send `content-type: application/json`",
        ));
    }
    Ok(())
}

/// The host that the request names, in lower case, with its port.
pub(crate) fn host_of(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let host = match uri.authority() {
        Some(authority) => authority.as_str(),
        None => headers.get(HOST)?.to_str().ok()?,
    };
    (!host.is_empty()).then(|| host.to_ascii_lowercase())
}

/// `host` without its port.
pub(crate) fn without_port(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(v6) => v6.split_once(']').map_or(v6, |(address, _)| address),
        None => host.split_once(':').map_or(host, |(name, _)| name),
    }
}

fn is_allowed(host: &str, server: &ServerSettings, local: SocketAddr) -> bool {
    let name = without_port(host).to_ascii_lowercase();
    if name == "localhost" || name.ends_with(".localhost") {
        return true;
    }
    if let Ok(address) = name.parse::<IpAddr>() {
        return address.is_loopback()
            || address == local.ip()
            || server.domains.iter().any(|domain| domain.eq_ignore_ascii_case(&name));
    }
    server
        .domains
        .iter()
        .any(|domain| domain.eq_ignore_ascii_case(&name) || domain.eq_ignore_ascii_case(host))
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let essence = value.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}
