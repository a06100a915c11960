//! What proxies say of the clients behind them: believed of those that were named, and of nobody else.
//!
//! `x-forwarded-for` and `x-forwarded-proto`, as other servers of ASGI read them. `forwarded` (RFC 7239) is not read: most
//! proxies pass on what a client sent under that name, so that it is no word of theirs.

use std::net::IpAddr;
use std::str::{FromStr, from_utf8};

use ironbridge_asgi::Record;

use crate::scope;

/// Whoever comes by a Unix socket.
const UNIX: &[u8] = b"unix";
const ANY: &[u8] = b"*";

/// What a trusted proxy said; None: nothing, or whoever asked is not trusted.
#[derive(Default)]
pub(crate) struct Said<'a> {
    pub(crate) client: Option<&'a [u8]>,
    pub(crate) scheme: Option<&'a [u8]>,
}

/// What is believed of a request whose connection came from `peer` (nothing: by a Unix socket). `trusted`: addresses,
/// networks as `10.0.0.0/8`, `unix` and `*`, parted by commas.
pub(crate) fn said<'a>(record: &Record<'a>, trusted: &[u8], peer: &[u8]) -> Said<'a> {
    if !is_trusted(trusted, peer) {
        return Said::default();
    }
    let hops: Vec<_> = scope::tokens(record, b"x-forwarded-for").collect();
    // From the near end on: the first that is no proxy of ours is the client. What stands before it anybody may have written.
    let client = hops.iter().rev().find(|hop| !is_trusted(trusted, address_of(hop)));
    let client = client.or(hops.first()).map(|hop| address_of(hop));
    let client = client.filter(|client| parsed(client).is_some());
    let scheme = scope::tokens(record, b"x-forwarded-proto").last();
    Said {
        client,
        scheme: scheme.filter(|scheme| matches!(*scheme, b"http" | b"https" | b"ws" | b"wss")),
    }
}

/// Without port and brackets: `192.0.2.1:80`, `[2001:db8::1]:80`.
fn address_of(hop: &[u8]) -> &[u8] {
    if let Some(inner) = hop.strip_prefix(b"[") {
        return inner.split(|byte| *byte == b']').next().unwrap_or_default();
    }
    let mut parts = hop.split(|byte| *byte == b':');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(host), Some(_), None) => host,
        _ => hop,
    }
}

fn is_trusted(trusted: &[u8], peer: &[u8]) -> bool {
    let address = parsed(peer);
    trusted.split(|byte| *byte == b',').any(|rule| match address {
        _ if rule == ANY => true,
        None => peer.is_empty() && rule == UNIX,
        Some(address) => holds(rule, address),
    })
}

/// Whether the address is that of the rule, or one of its network.
fn holds(rule: &[u8], address: IpAddr) -> bool {
    let mut parts = rule.splitn(2, |byte| *byte == b'/');
    let network = parts.next().and_then(parsed);
    let length = parts.next().and_then(number);
    match (network, address) {
        (Some(IpAddr::V4(network)), IpAddr::V4(address)) => {
            same(network.to_bits().into(), address.to_bits().into(), length.unwrap_or(32) + 96)
        }
        (Some(IpAddr::V6(network)), IpAddr::V6(address)) => {
            same(network.to_bits(), address.to_bits(), length.unwrap_or(128))
        }
        _ => false,
    }
}

/// Whether so many of the first bits are the same.
fn same(one: u128, other: u128, bits: u32) -> bool {
    (one ^ other).leading_zeros() >= bits
}

/// An IPv4 address that IPv6 carries is an IPv4 address.
fn parsed(text: &[u8]) -> Option<IpAddr> {
    from_utf8(text).ok()?.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

fn number(text: &[u8]) -> Option<u32> {
    u32::from_str(from_utf8(text).ok()?).ok()
}
