//! Which core does what: gateways on one, the mock and the load on another, so that they do not take each other's time.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// Where gateways run.
const GATEWAY_CORE: &str = "0";
/// Where the mock and the load generator run.
const LOAD_CORE: &str = "1";

/// Whether cores are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pinning {
    /// Gateways on core 0, everything else on core 1.
    Pinned,
    /// As the system likes.
    Free,
}

impl Pinning {
    /// Moves this process to its core. To be called before it has other threads.
    pub(crate) fn take_load_core(self) -> Result<()> {
        if self == Self::Free {
            return Ok(());
        }
        let pid = std::process::id().to_string();
        let mut command = Command::new("taskset");
        command.args(["--pid", "--cpu-list", LOAD_CORE, &pid]).stdout(Stdio::null());
        let status = command.status().context("cannot run taskset (Debian: util-linux)")?;
        ensure!(status.success(), "there is no core {LOAD_CORE}; hint: --unpinned");
        Ok(())
    }

    /// A command that runs `program` on the gateways' core.
    pub(crate) fn command(self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        match self {
            Self::Free => Command::new(program),
            Self::Pinned => {
                let mut command = Command::new("taskset");
                command.args(["--cpu-list", GATEWAY_CORE]).arg(program);
                command
            }
        }
    }
}
