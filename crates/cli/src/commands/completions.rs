//! `ironbridge completions SHELL`.

use clap_complete::Shell;

use crate::error::Error;
use crate::{flags, output};

/// Prints the script that teaches a shell our flags.
pub(crate) fn run(shell: &str) -> Result<(), Error> {
    let shell: Shell =
        shell.parse().map_err(|why| Error::usage(format!("unknown shell {shell}: {why}")))?;
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut flags::parser(), "ironbridge", &mut script);
    output::result(&String::from_utf8_lossy(&script))
}
