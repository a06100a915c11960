//! Who may talk to the gateway at all: protection against hostile web pages.
//!
//! A page in the user's browser can send requests to loopback. It cannot choose its `Origin`, and with DNS rebinding it
//! keeps its own `Host`; a simple form cannot send `application/json`. So all three are checked, before anything else,
//! on every route.

use crate::settings::ServerSettings;
use axum::extract::Request;
use http::header::{CONTENT_TYPE, HOST, ORIGIN};
use http::uri::Authority;
use http::{HeaderMap, Method, Uri};
use ironbridge_wire::{ApiError, ErrorKind};
use std::net::{IpAddr, SocketAddr};

/// Refuses a request whose Host, Origin or content type a hostile page could have made.
///
/// `local` is the address the listener is bound to, `origins` are those of other sites that are let in here.
pub(crate) fn check(
    request: &Request,
    server: &ServerSettings,
    local: SocketAddr,
    origins: &[String],
) -> Result<(), ApiError> {
    let (method, uri, headers) = (request.method(), request.uri(), request.headers());
    let hosts = hosts(uri, headers)?;
    if let Some(foreign) = hosts.iter().find(|host| !is_allowed(host.host(), server, local)) {
        return Err(ApiError::new(
            ErrorKind::Permission,
            format!(
                "the Host `{foreign}` is not served here; add it to `domains` in the config's [server]"
            ),
        ));
    }
    for origin in headers.get_all(ORIGIN) {
        let origin = origin.to_str().unwrap_or_default();
        if origins.iter().any(|allowed| allowed == origin) {
            continue;
        }
        let host = origin.split_once("://").and_then(|(_, host)| authority(host));
        if !host.is_some_and(|host| is_allowed(host.host(), server, local)) {
            return Err(ApiError::new(
                ErrorKind::Permission,
                format!(
                    "the Origin `{origin}` is foreign; web pages of other sites may not use the gateway (see \
                     `cors_origins` in the config's [server])"
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

/// Every host that the request names: in its URL (absolute form, HTTP/2) and in its `Host`, which may differ.
///
/// RFC 9112 §3.2: a request with several `Host` lines, or an invalid one, is a 400.
fn hosts(uri: &Uri, headers: &HeaderMap) -> Result<Vec<Authority>, ApiError> {
    let invalid = |why: &str| ApiError::new(ErrorKind::InvalidRequest, why);
    let mut lines = headers.get_all(HOST).iter();
    let line = lines.next();
    if lines.next().is_some() {
        return Err(invalid("the request has several Host lines"));
    }
    let line = match line {
        Some(value) => {
            let host = value.to_str().ok().and_then(authority);
            Some(host.ok_or_else(|| invalid("the Host is not a host"))?)
        }
        None => None,
    };
    let hosts: Vec<Authority> = uri.authority().cloned().into_iter().chain(line).collect();
    if hosts.is_empty() {
        return Err(invalid("the request names no Host"));
    }
    Ok(hosts)
}

/// `text` as a host with or without a port, and nothing else: a user name before it, or more after an address in
/// brackets, is how one host is made to look like another.
fn authority(text: &str) -> Option<Authority> {
    let authority = Authority::try_from(text).ok()?;
    let after = authority.as_str().strip_prefix(authority.host())?;
    let is_port = after.is_empty() || authority.port_u16().is_some();
    is_port.then_some(authority)
}

/// The host that the request names, in lower case and without its port.
pub(crate) fn host_of(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let host = hosts(uri, headers).ok()?.into_iter().next()?;
    Some(bare(host.host()).to_ascii_lowercase())
}

/// Whether a name, as [`host_of`] gives it, is this machine's own.
pub(crate) fn is_loopback(name: &str) -> bool {
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// An IPv6 address without its brackets.
fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

fn is_allowed(host: &str, server: &ServerSettings, local: SocketAddr) -> bool {
    let name = bare(host).to_ascii_lowercase();
    is_loopback(&name)
        || name.parse::<IpAddr>().is_ok_and(|address| address == local.ip())
        || server.domains.iter().any(|domain| bare(domain).eq_ignore_ascii_case(&name))
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let essence = value.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}
