//! Every test of the store, on each database.

use crate::postgres_server::PostgresServer;
use ironbridge_ledger::Address;

/// Runs `test` with the address of an empty ledger: a file of SQLite, then a database of PostgreSQL.
pub(crate) fn on_each(test: impl Fn(&Address)) {
    let folder = tempfile::tempdir().expect("a folder");
    println!("on SQLite");
    test(&Address::parse("sqlite:ledger.db", folder.path()).expect("an address"));
    if let Some(server) = PostgresServer::start() {
        println!("on PostgreSQL");
        let url = server.database("ledger");
        test(&Address::parse(&url, folder.path()).expect("an address"));
    }
}
