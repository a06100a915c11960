//! `ironbridge dashboard`: page and API alone, on a ledger that is only read.

use std::net::SocketAddr;
use std::sync::Arc;

use ironbridge_console::{Console, Hub, Ledger};
use ironbridge_ledger::Store;
use tokio::net::TcpListener;

use crate::arguments::{Dashboard, Global};
use crate::config::Overrides;
use crate::config_file::ConfigFile;
use crate::console::{Alone, rules};
use crate::error::Error;
use crate::stop::Signals;
use crate::{ledger_folder, logging, output, runtime};

/// Serves until it is told to stop.
///
/// # Errors
/// The config has mistakes, there is no ledger that can be read, or the address cannot be had.
pub(crate) fn run(flags: &Dashboard, global: &Global) -> Result<(), Error> {
    logging::start(global);
    let overrides = Overrides { secrets_optional: true, ..Overrides::default() };
    let config = ConfigFile::find(global).load(&overrides)?;
    output::warnings(&config.warnings);
    let server = config.settings.server;
    let listen = SocketAddr::new(flags.host, flags.port);
    let has_token = server.admin_token.is_some() || server.read_token.is_some();
    if !listen.ip().is_loopback() && !has_token {
        let what = format!("every machine that reaches {listen} could read the ledger");
        return Err(Error::usage(what)
            .hint("`admin_token` or `read_token` in the config's [server] asks who is there")
            .hint("--host 127.0.0.1 serves this machine only"));
    }
    let address = ledger_folder::address(config.ledger.as_ref(), global)?;
    // Now rather than at the first page: a mistake in the address is told at the start.
    Store::open_to_read(&address)
        .map_err(|error| Error::failure("the ledger cannot be read").caused_by(&error))?;
    let ledger = Ledger::read_by(Arc::new(move || Store::open_to_read(&address)));
    runtime::block_on(async move {
        let mut signals = Signals::listen()
            .map_err(|error| Error::failure("cannot listen for signals").caused_by(&error))?;
        let listener = TcpListener::bind(listen).await.map_err(|error| {
            Error::failure(format!("cannot listen on {listen}"))
                .caused_by(&error)
                .hint("--port 0 takes a free port")
        })?;
        let local = listener.local_addr().unwrap_or(listen);
        let hub = Arc::new(Hub::new());
        let place = Arc::new(Alone(rules(&server, local)));
        let router = Console { place, hub: hub.clone(), ledger, setup: None }.router();
        output::result(&format!("listening on http://{local}/dashboard/\n"))?;
        let end = async move {
            let signal = signals.next().await;
            tracing::info!(signal, "stopping");
            hub.close();
        };
        ironbridge_console::serve(listener, router, end)
            .await
            .map_err(|error| Error::failure("the dashboard ended").caused_by(&error))
    })
}
