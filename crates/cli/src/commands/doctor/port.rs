//! Whether the address to listen on is free, and who has it if not.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use http::{HeaderMap, Method, Uri};
use ironbridge_upstream::{ApiClient, Authorities};

use super::finding::Finding;

/// How long whoever has the port may take to say who it is.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(2);

/// What a gateway of ours answers to `GET /`.
const OURS: &[u8] = b"Server running";

/// Tries to listen, as `start` would.
pub(super) async fn check(address: SocketAddr) -> Finding {
    let Err(error) = TcpListener::bind(address) else {
        return Finding::ok("port", format!("{address} is free"));
    };
    if error.kind() != io::ErrorKind::AddrInUse {
        let hint = "`server.listen` names another address";
        return Finding::fail("port", format!("{address}: {error}"), hint);
    }
    if is_gateway(address).await {
        return Finding::ok("port", format!("{address}: a gateway is running there"));
    }
    let owner = owner::of(address.port());
    let who = owner.unwrap_or_else(|| "another program".to_owned());
    Finding::fail("port", format!("{address} is taken by {who}"), "--port 0 takes a free one")
}

async fn is_gateway(address: SocketAddr) -> bool {
    let ask = async {
        let client = ApiClient::new(None, &Authorities::default()).ok()?;
        let url: Uri = format!("http://{address}/").parse().ok()?;
        client.call(Method::GET, &url, HeaderMap::new(), None).await.ok()
    };
    let answer = tokio::time::timeout(ANSWER_TIME_MAX, ask).await.ok().flatten();
    answer.is_some_and(|answer| answer.body.starts_with(OURS))
}

/// Which process listens on a port, as far as this user may know.
#[cfg(target_os = "linux")]
mod owner {
    use std::fs;
    use std::path::Path;

    /// Its name and process id.
    pub(super) fn of(port: u16) -> Option<String> {
        let sockets: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
            .iter()
            .filter_map(|table| fs::read_to_string(table).ok())
            .flat_map(|table| listeners(&table, port))
            .map(|inode| format!("socket:[{inode}]"))
            .collect();
        // Not `/proc/self` and its like.
        let is_number = |entry: &fs::DirEntry| {
            entry.file_name().to_str().is_some_and(|name| name.parse::<u32>().is_ok())
        };
        let process = fs::read_dir("/proc").ok()?.flatten().filter(is_number).find(|process| {
            let open = fs::read_dir(process.path().join("fd")).into_iter().flatten().flatten();
            open.filter_map(|file| fs::read_link(file.path()).ok())
                .any(|target| sockets.iter().any(|socket| target == Path::new(socket)))
        })?;
        let name = fs::read_to_string(process.path().join("comm")).ok()?;
        Some(format!("{} (process {})", name.trim(), process.file_name().to_string_lossy()))
    }

    /// The inodes of the sockets that listen on `port`, from the kernel's table (proc_net_tcp.rst): the second word is the
    /// address with the port in hexadecimal, the fourth the state, the tenth the inode.
    pub(super) fn listeners(table: &str, port: u16) -> Vec<String> {
        const LISTEN: &str = "0A";
        let ending = format!(":{port:04X}");
        let of_row = |row: &str| {
            let words: Vec<&str> = row.split_whitespace().collect();
            let (address, state) = (words.get(1)?, words.get(3)?);
            let found = address.ends_with(&ending) && *state == LISTEN;
            found.then(|| words.get(9).map(|inode| (*inode).to_owned()))?
        };
        table.lines().skip(1).filter_map(of_row).collect()
    }
}

#[cfg(not(target_os = "linux"))]
mod owner {
    /// Elsewhere it takes rights or programs that need not be there.
    pub(super) fn of(_: u16) -> Option<String> {
        None
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_owner_of_a_port_is_found() {
        let table = "sl local_address rem_address st tx_queue:rx_queue tr:tm retrnsmt uid timeout inode\n\
                     0: 0100007F:102D 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 4711 1\n\
                     1: 0100007F:102D 0100007F:9999 01 00000000:00000000 00:00000000 00000000 0 0 4712 1\n";
        assert_eq!(owner::listeners(table, 0x102D), ["4711"]);
        assert!(owner::listeners(table, 1).is_empty());
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let found = owner::of(taken.local_addr().unwrap().port()).unwrap();
        assert!(found.contains(&std::process::id().to_string()), "{found}");
    }
}
