//! `ironbridge start`.

use std::sync::Arc;

use ironbridge_gateway::{BindError, ClientKeys, Gateway, ServerSettings, Services};
use ironbridge_upstream::{FolderVault, Logins};

use super::tokenizer_files;
use crate::arguments::{Global, Start};
use crate::config::{Config, Overrides};
use crate::config_file::ConfigFile;
use crate::error::Error;
use crate::key_file::{KeyFile, LiveKeys};
use crate::reload::Reload;
use crate::stop::{Signals, stop};
use crate::{environment, folders, logging, output};

/// Runs the gateway until it is told to stop.
pub(crate) fn run(flags: &Start, global: &Global) -> Result<(), Error> {
    logging::start(global);
    let file = ConfigFile::find(global);
    let overrides = overrides(flags)?;
    let text = file.read()?;
    let mut config = file.check(text.as_deref().unwrap_or_default(), &overrides)?;
    output::warnings(&config.warnings);
    complete(&mut config, &file)?;
    let services = services(global)?;
    require_key(&config.settings.server, services.keys.as_ref())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::failure("cannot start threads").caused_by(&error))?;
    let ended = runtime.block_on(async {
        let signals = Signals::listen()
            .map_err(|error| Error::failure("cannot listen for signals").caused_by(&error))?;
        let server = config.settings.server.clone();
        let gateway =
            Gateway::bind(config.settings, services).await.map_err(|error| cannot_bind(&error))?;
        announce(&gateway);
        let handle = gateway.handle();
        let reload = Reload { handle: handle.clone(), file, overrides, server };
        tokio::select! {
            () = gateway.run() => Ok(()),
            error = stop(handle, signals, flags.exit_after) => Err(error),
            () = reload.run(text) => Ok(()),
        }
    });
    // A read of the config file that hangs must not keep the process.
    runtime.shutdown_background();
    ended
}

fn services(global: &Global) -> Result<Services, Error> {
    let services = Services { logins: logins(global), ..Services::default() };
    let Some(file) = KeyFile::find(global) else { return Ok(services) };
    Ok(Services { keys: Arc::new(LiveKeys::read(file)?), ..services })
}

/// Refuses to serve whole networks without asking who is there.
fn require_key(server: &ServerSettings, keys: &dyn ClientKeys) -> Result<(), Error> {
    let is_open = !keys.any();
    if is_open && !server.listen.ip().is_loopback() {
        let what = format!("every machine that reaches {} could use this gateway", server.listen);
        return Err(Error::usage(what)
            .hint("`ironbridge key new` makes a client key; from then on every client needs one")
            .hint("--host 127.0.0.1 serves this machine only, without keys"));
    }
    if is_open && !server.domains.is_empty() {
        output::message(
            "warning: whoever reaches this gateway by one of server.domains may use it\n\
             hint: `ironbridge key new` makes a client key; from then on every client needs one\n",
        );
    }
    Ok(())
}

/// The logins of `ironbridge auth`, kept in the data folder.
fn logins(global: &Global) -> Logins {
    let data = global.data_dir.clone().or_else(folders::data);
    let folder = data.map(|data| FolderVault::new(data.join("credentials")));
    Logins { vault: folder.map(|vault| Arc::new(vault) as _), ..Logins::default() }
}

fn overrides(flags: &Start) -> Result<Overrides, Error> {
    let proxy =
        flags.proxy_env.then(|| environment::proxies(&environment::variable)).transpose()?;
    Ok(Overrides {
        host: flags.host,
        port: flags.port,
        offline: flags.offline,
        no_dashboard: flags.no_dashboard,
        proxy,
    })
}

/// Reads the files that a config names, and refuses one that cannot serve.
pub(crate) fn complete(config: &mut Config, file: &ConfigFile) -> Result<(), Error> {
    require_provider(config, file)?;
    config.settings.tokenizers = tokenizer_files::load(&config.tokenizers)?;
    Ok(())
}

/// Refuses a config that names nobody who could answer a request.
pub(crate) fn require_provider(config: &Config, file: &ConfigFile) -> Result<(), Error> {
    if !config.settings.providers.is_empty() {
        return Ok(());
    }
    Err(Error::usage("no provider is configured")
        .hint("`ironbridge start --offline` serves a built-in model, without any account")
        .hint(format!("name a [[provider]] in {}", file.shown()))
        .hint("or set CLAUDE_API_KEY to use Anthropic's own server"))
}

/// Says where the gateway listens. Whoever started it may have closed stdout; that stops nothing.
fn announce(gateway: &Gateway) {
    let line = format!("listening on http://{}\n", gateway.local_addr());
    if output::result(&line).is_err() {
        tracing::info!("{}", line.trim_end());
    }
}

fn cannot_bind(error: &BindError) -> Error {
    match error {
        BindError::Listen { address, source } => {
            Error::failure(format!("cannot listen on {address}"))
                .caused_by(source)
                .hint("--port 0 takes a free port")
        }
        BindError::Settings(settings) => Error::usage(settings.to_string()),
    }
}
