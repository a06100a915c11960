//! `ironbridge top`: the live board of a gateway, in the terminal.
//!
//! It shows what the dashboard's live page shows, from the same events, and holds nothing of its own: [`feed`] follows
//! `/api/live`, [`rows`] puts it in words, [`screen`] draws them and takes orders.

mod feed;
mod rows;
mod screen;

use std::io::IsTerminal;

use crate::arguments::{Global, Top};
use crate::config::Overrides;
use crate::config_file::ConfigFile;
use crate::error::Error;
use crate::{logging, output, runtime};

use feed::Gateway;

/// Shows the board until the user has seen enough.
///
/// # Errors
/// The config has mistakes, no gateway answers, or it wants a token that is not there.
pub(crate) fn run(flags: &Top, global: &Global) -> Result<(), Error> {
    logging::start(global);
    let overrides = Overrides { secrets_optional: true, ..Overrides::default() };
    let server = ConfigFile::find(global).load(&overrides)?.settings.server;
    let url = flags.url.clone().unwrap_or_else(|| format!("http://{}", server.listen));
    let token = server.read_token.as_ref().or(server.admin_token.as_ref()).cloned();
    let gateway = Gateway::at(&url, token)?;
    runtime::block_on(async {
        // Asked once first: what is wrong is told in words, on the terminal as it was.
        let sessions = gateway.sessions().await?;
        if flags.once || !std::io::stdout().is_terminal() {
            return output::result(&rows::table(&sessions, rows::now_ms()));
        }
        screen::show(gateway, sessions).await
    })
}
