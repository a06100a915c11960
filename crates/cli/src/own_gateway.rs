//! The gateway that this process runs, as its clients see it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use http::{HeaderMap, Method, StatusCode, Uri};
use ironbridge_upstream::{ApiClient, Authorities};

/// Where a client on this machine finds it.
#[derive(Clone, Debug)]
pub(crate) struct OwnGateway {
    base_url: String,
}

impl OwnGateway {
    /// The one that listens on `address`.
    pub(crate) fn at(address: SocketAddr) -> Self {
        let ip = match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        OwnGateway { base_url: format!("http://{}", SocketAddr::new(ip, address.port())) }
    }

    /// Its URL, without a slash at the end.
    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The names of its models, as every client gets them.
    ///
    /// # Errors
    /// It does not list them; the text says why.
    pub(crate) async fn models(&self) -> Result<Vec<String>, String> {
        let client = ApiClient::new(None, &Authorities::default())?;
        let url = format!("{}/v1/models", self.base_url);
        let url: Uri = url.parse().map_err(|_| format!("{url} is no URL"))?;
        let answer = client.call(Method::GET, &url, HeaderMap::new(), None).await;
        let answer = answer.map_err(|error| error.to_string())?;
        match answer.status {
            StatusCode::UNAUTHORIZED => return Err("it takes a client key".to_owned()),
            status if !status.is_success() => return Err(format!("the gateway answered {status}")),
            _ => {}
        }
        let document = answer.json().unwrap_or_default();
        let models = document["data"].as_array().into_iter().flatten();
        Ok(models.filter_map(|model| Some(model["id"].as_str()?.to_owned())).collect())
    }
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
        for (listen, base_url) in cases {
            assert_eq!(OwnGateway::at(listen.parse().unwrap()).base_url(), base_url);
        }
    }
}
