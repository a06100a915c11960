//! Protection against hostile web pages, before anything else: a page can send requests to loopback, but it cannot choose
//! its `Origin`, with DNS rebinding it keeps its own `Host`, and a form cannot send `application/json`.

use crate::failure::Failure;
use crate::place::Rules;
use http::header::{CONTENT_TYPE, HOST, ORIGIN};
use http::uri::Authority;
use http::{HeaderMap, Method, Uri};
use std::net::IpAddr;

/// Refuses a request whose Host, Origin or content type a hostile page could have made.
pub(crate) fn check(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    rules: &Rules,
) -> Result<(), Failure> {
    let host = host(uri, headers)?;
    if !is_allowed(&host, rules) {
        return Err(Failure::Forbidden(format!(
            "the Host `{host}` is not served here; add it to `domains` in the config's [server]"
        )));
    }
    for origin in headers.get_all(ORIGIN) {
        if !is_own_origin(origin.to_str().unwrap_or_default(), rules) {
            let message = "the Origin is foreign: pages of other sites may not use the console";
            return Err(Failure::Forbidden(message.to_owned()));
        }
    }
    let changes = !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    if changes && !is_json(headers) {
        return Err(Failure::NotJson);
    }
    Ok(())
}

/// Whether a request that changes something was made by a page of ours: what a cookie alone does not say.
pub(crate) fn is_of_own_page(headers: &HeaderMap, rules: &Rules) -> bool {
    let origin = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok());
    origin.is_some_and(|origin| is_own_origin(origin, rules))
}

/// Whether the request names this machine itself.
pub(crate) fn names_loopback(uri: &Uri, headers: &HeaderMap) -> bool {
    host(uri, headers).is_ok_and(|host| is_loopback(bare(host.host())))
}

/// The one host that a request names. Two that differ are how one is made to look like another.
fn host(uri: &Uri, headers: &HeaderMap) -> Result<Authority, Failure> {
    let wrong = |why: &str| Failure::Invalid(why.to_owned());
    let mut lines = headers.get_all(HOST).iter();
    let line = match lines.next() {
        Some(line) => {
            let host = line.to_str().ok().and_then(authority);
            Some(host.ok_or_else(|| wrong("the Host is not a host"))?)
        }
        None => None,
    };
    if lines.next().is_some() {
        return Err(wrong("the request has several Host lines"));
    }
    match (line, uri.authority()) {
        (Some(line), Some(of_uri)) if line != *of_uri => {
            Err(wrong("the URL and the Host line name two hosts"))
        }
        (Some(host), _) => Ok(host),
        (None, Some(of_uri)) => Ok(of_uri.clone()),
        (None, None) => Err(wrong("the request names no Host")),
    }
}

fn authority(text: &str) -> Option<Authority> {
    let authority = Authority::try_from(text).ok()?;
    let after = authority.as_str().strip_prefix(authority.host())?;
    (after.is_empty() || authority.port_u16().is_some()).then_some(authority)
}

fn is_own_origin(origin: &str, rules: &Rules) -> bool {
    let host = origin.split_once("://").and_then(|(_, host)| authority(host));
    host.is_some_and(|host| is_allowed(&host, rules))
}

fn is_allowed(host: &Authority, rules: &Rules) -> bool {
    let name = bare(host.host());
    is_loopback(name)
        || name.parse::<IpAddr>().is_ok_and(|address| address == rules.local.ip())
        || rules.domains.iter().any(|domain| bare(domain).eq_ignore_ascii_case(name))
}

fn is_loopback(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}
