//! Every test of the store, on each database.

use ironbridge_ledger::Address;
use ironbridge_testkit::PostgresServer;
use std::path::Path;

/// Runs `test` with the address of an empty ledger: a file of SQLite, then a database of PostgreSQL.
pub(crate) fn on_each(test: impl Fn(&Address)) {
    on_each_url(|url| test(&Address::parse(url, Path::new("/")).expect("an address")));
}

/// The same with the address as text, for other processes.
pub(crate) fn on_each_url(test: impl Fn(&str)) {
    let folder = tempfile::tempdir().expect("a folder");
    println!("on SQLite");
    test(&format!("sqlite:{}", folder.path().join("ledger.db").display()));
    if let Some(server) = PostgresServer::start() {
        println!("on PostgreSQL");
        test(&server.database("ledger"));
    }
}
