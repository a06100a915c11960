//! Which addresses belong to the public internet.
//!
//! Source: the registries of special-purpose addresses of IANA (RFC 6890), IPv4 and IPv6, as of 2025. What is not
//! globally reachable by them is refused; so are multicast and addresses that wrap an IPv4 address that is refused.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A block, and what lies in it.
struct Block4(Ipv4Addr, u32, &'static str);
struct Block6(Ipv6Addr, u32, &'static str);

const fn block4(a: u8, b: u8, c: u8, d: u8, bits: u32, what: &'static str) -> Block4 {
    Block4(Ipv4Addr::new(a, b, c, d), bits, what)
}

const fn block6(first: [u16; 8], bits: u32, what: &'static str) -> Block6 {
    let [a, b, c, d, e, f, g, h] = first;
    Block6(Ipv6Addr::new(a, b, c, d, e, f, g, h), bits, what)
}

const PRIVATE: &str = "in a private network";
const THIS_MACHINE: &str = "this machine";
const LINK_LOCAL: &str = "a neighbour on the link, where clouds keep their metadata service";
const RESERVED: &str = "reserved and not on the internet";
const MULTICAST: &str = "a multicast group";

const BLOCKS_4: &[Block4] = &[
    block4(0, 0, 0, 0, 8, THIS_MACHINE),
    block4(10, 0, 0, 0, 8, PRIVATE),
    block4(100, 64, 0, 0, 10, PRIVATE), // shared with the provider, RFC 6598
    block4(127, 0, 0, 0, 8, THIS_MACHINE),
    block4(169, 254, 0, 0, 16, LINK_LOCAL),
    block4(172, 16, 0, 0, 12, PRIVATE),
    block4(192, 0, 0, 0, 24, RESERVED), // protocol assignments, RFC 6890
    block4(192, 0, 2, 0, 24, RESERVED), // documentation, RFC 5737
    block4(192, 88, 99, 0, 24, RESERVED), // 6to4 relays, RFC 7526
    block4(192, 168, 0, 0, 16, PRIVATE),
    block4(198, 18, 0, 0, 15, PRIVATE), // benchmarks, RFC 2544
    block4(198, 51, 100, 0, 24, RESERVED),
    block4(203, 0, 113, 0, 24, RESERVED),
    block4(224, 0, 0, 0, 4, MULTICAST),
    block4(240, 0, 0, 0, 4, RESERVED), // and the broadcast address
];

const BLOCKS_6: &[Block6] = &[
    block6([0, 0, 0, 0, 0, 0, 0, 0], 127, THIS_MACHINE), // :: and ::1
    block6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48, PRIVATE), // local translation, RFC 8215
    block6([0x100, 0, 0, 0, 0, 0, 0, 0], 64, RESERVED),  // discard, RFC 6666
    block6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, RESERVED), // protocol assignments, Teredo among them
    block6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32, RESERVED), // documentation
    block6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, RESERVED), // documentation, RFC 9637
    block6([0x5f00, 0, 0, 0, 0, 0, 0, 0], 16, RESERVED), // segment routing, RFC 9602
    block6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, PRIVATE),   // unique local
    block6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10, LINK_LOCAL),
    block6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10, PRIVATE), // site local, RFC 3879
    block6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, MULTICAST),
];

/// `None` for an address of the public internet, else what it is.
pub(super) fn not_public(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => not_public_4(address),
        IpAddr::V6(address) => match wrapped(address) {
            Some(wrapped) => not_public_4(wrapped),
            None => not_public_6(address),
        },
    }
}

fn not_public_4(address: Ipv4Addr) -> Option<&'static str> {
    let matches =
        |block: &&Block4| shifted(block.0.to_bits() ^ address.to_bits(), 32 - block.1) == 0;
    BLOCKS_4.iter().find(matches).map(|block| block.2)
}

fn not_public_6(address: Ipv6Addr) -> Option<&'static str> {
    let matches = |block: &&Block6| (block.0.to_bits() ^ address.to_bits()) >> (128 - block.1) == 0;
    BLOCKS_6.iter().find(matches).map(|block| block.2)
}

/// A shift by the whole width, which no block has, would be no shift at all.
fn shifted(bits: u32, by: u32) -> u32 {
    bits.checked_shr(by).unwrap_or(0)
}

/// The IPv4 address that an IPv6 address stands for: mapped (`::ffff:0:0/96`), compatible (`::/96`, long out of use, yet
/// systems still take it), translated (`64:ff9b::/96`, RFC 6052), 6to4 (`2002::/16`).
fn wrapped(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let bits = address.to_bits();
    let prefix = bits >> 32;
    let is_own = bits <= 1;
    let low = Ipv4Addr::from_bits((bits & 0xffff_ffff) as u32);
    match prefix {
        0 if !is_own => Some(low),
        0xffff => Some(low),
        _ if prefix == 0x0064_ff9b_u128 << 64 => Some(low),
        _ if bits >> 112 == 0x2002 => Some(Ipv4Addr::from_bits((bits >> 80 & 0xffff_ffff) as u32)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_not_of_the_public_internet_are_refused() {
        let cases = [
            ("0.0.0.0", Some(THIS_MACHINE)),
            ("0.1.2.3", Some(THIS_MACHINE)),
            ("127.0.0.1", Some(THIS_MACHINE)),
            ("127.255.255.255", Some(THIS_MACHINE)),
            ("10.0.0.1", Some(PRIVATE)),
            ("100.64.0.1", Some(PRIVATE)),
            ("100.128.0.1", None),
            ("169.254.169.254", Some(LINK_LOCAL)),
            ("172.15.255.255", None),
            ("172.16.0.1", Some(PRIVATE)),
            ("172.31.255.255", Some(PRIVATE)),
            ("172.32.0.0", None),
            ("192.168.1.1", Some(PRIVATE)),
            ("192.167.1.1", None),
            ("198.19.255.255", Some(PRIVATE)),
            ("198.20.0.0", None),
            ("224.0.0.1", Some(MULTICAST)),
            ("255.255.255.255", Some(RESERVED)),
            ("1.1.1.1", None),
            ("140.82.121.3", None),
            ("::", Some(THIS_MACHINE)),
            ("::1", Some(THIS_MACHINE)),
            ("::2", Some(THIS_MACHINE)),
            ("::127.0.0.1", Some(THIS_MACHINE)),
            ("::ffff:127.0.0.1", Some(THIS_MACHINE)),
            ("::ffff:10.0.0.1", Some(PRIVATE)),
            ("::ffff:1.1.1.1", None),
            ("64:ff9b::7f00:1", Some(THIS_MACHINE)),
            ("64:ff9b::101:101", None),
            ("64:ff9b:1::1", Some(PRIVATE)),
            ("2002:7f00:1::1", Some(THIS_MACHINE)),
            ("2002:101:101::1", None),
            ("2001::1", Some(RESERVED)),
            ("2001:db8::1", Some(RESERVED)),
            ("2606:4700:4700::1111", None),
            ("fc00::1", Some(PRIVATE)),
            ("fd12:3456::1", Some(PRIVATE)),
            ("fe80::1", Some(LINK_LOCAL)),
            ("fec0::1", Some(PRIVATE)),
            ("ff02::1", Some(MULTICAST)),
        ];
        for (address, expected) in cases {
            assert_eq!(not_public(address.parse().unwrap()), expected, "{address}");
        }
    }
}
