//! `ironbridge acp`: the agent for editors, over stdin and stdout.

use ironbridge_agent::{MODEL_CALLS_MAX, Secrets};
use ironbridge_bridge::{AcpSettings, serve_acp};
use ironbridge_session::Mode;

use super::run::{STATE_FOLDER, model};
use super::session;
use crate::arguments::{Acp, Global};
use crate::error::Error;
use crate::stop::Signals;
use crate::{environment, folders, logging, runtime};

/// Serves the editor that started this process, until it closes stdin or a signal comes.
pub(crate) fn run(asked: &Acp, global: &Global) -> Result<(), Error> {
    logging::start_quietly(global);
    runtime::block_on(async {
        let mut signals = Signals::listen()
            .map_err(|error| Error::failure("cannot catch signals").caused_by(&error))?;
        let settings = settings(asked, global).await?;
        let stop = async move {
            let signal = signals.next().await;
            tracing::info!(signal, "stopping");
        };
        let served = serve_acp(settings, tokio::io::stdin(), tokio::io::stdout(), stop).await;
        served.map_err(|error| Error::failure("cannot read stdin").caused_by(&error))
    })
}

async fn settings(asked: &Acp, global: &Global) -> Result<AcpSettings, Error> {
    let data = folders::data_of(global)
        .ok_or_else(|| Error::usage("there is no data folder").hint("name one with --data-dir"))?;
    Ok(AcpSettings {
        model: model::find(asked.model.as_deref(), asked.proxy_env, &[], global).await?,
        state: data.join(STATE_FOLDER),
        data,
        store: session::store(global)?,
        config: folders::config(),
        home: folders::home_folder(),
        secrets: Secrets::new(environment::secrets()),
        mode: asked.mode.unwrap_or(Mode::Normal),
        model_calls_max: asked.turns_max.unwrap_or(MODEL_CALLS_MAX),
    })
}
