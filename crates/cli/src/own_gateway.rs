//! The gateway that this process runs, as its operator sees it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ironbridge_gateway::{Gateway, Handle};

/// Where a client on this machine finds it, and what it would find.
#[derive(Clone)]
pub(crate) struct OwnGateway {
    base_url: String,
    handle: Handle,
}

impl OwnGateway {
    /// One that listens.
    pub(crate) fn of(gateway: &Gateway) -> Self {
        OwnGateway { base_url: base_url(gateway.local_addr()), handle: gateway.handle() }
    }

    /// Its URL, without a slash at the end.
    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The names of its models. No client key is needed to ask in its own process.
    pub(crate) async fn models(&self) -> Vec<String> {
        self.handle.models().await
    }

    /// Whether its clients need a key.
    pub(crate) fn wants_client_key(&self) -> bool {
        self.handle.wants_client_key()
    }
}

fn base_url(address: SocketAddr) -> String {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, address.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_for_all_is_reached_on_this_machine() {
        let cases = [
            ("0.0.0.0:1", "http://127.0.0.1:1"),
            ("[::]:1", "http://[::1]:1"),
            ("127.0.0.1:1", "http://127.0.0.1:1"),
            ("192.0.2.7:1", "http://192.0.2.7:1"),
        ];
        for (listen, expected) in cases {
            assert_eq!(base_url(listen.parse().unwrap()), expected);
        }
    }
}
