//! By a copy of this process, as std has it.

use std::io;
use std::process::Command;

use rustix::process::Pid;

use super::Launch;
use crate::process::raw;

pub(super) fn spawn(launch: Launch<'_>) -> io::Result<Pid> {
    let Launch { program, args, environment, folder, terminal } = launch;
    let mut command = Command::new(program);
    command.args(args).current_dir(folder).env_clear().envs(environment);
    command.stdin(terminal.try_clone()?).stdout(terminal.try_clone()?).stderr(terminal);
    raw::lead_session(&mut command, true);
    Ok(Pid::from_child(&command.spawn()?))
}
