//! Landlock and seccomp.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io;
use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset,
    RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetStatus, Scope,
};
use rustix::thread::{CapabilitySet, CapabilitySets};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};

use super::{FilesGuard, NetworkGuard, SandboxError};
use crate::Location;

/// Linux 6.2. Before it, `truncate(2)` reached everywhere.
const NEEDED: ABI = ABI::V3;
/// Linux 6.10: commands to devices.
const FILES: ABI = ABI::V5;
/// Linux 6.12: signals and abstract sockets.
const SCOPES: ABI = ABI::V6;

/// What may be written although it lies nowhere writable.
const DEVICES: [&str; 6] =
    ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"];

type Guards = (FilesGuard, NetworkGuard);

/// Calls `start` on a fresh thread that restricted itself before: what it starts is restricted as well.
pub(super) fn start<T: Send + 'static>(
    start: impl FnOnce() -> T + Send + 'static,
    writable: &[Location],
    temporary: &Path,
    network: bool,
    best_effort: bool,
) -> Result<(T, Guards), SandboxError> {
    let rules = rules(writable, temporary, network, best_effort)?;
    let filter = match filter(network) {
        Ok(filter) => Some(filter),
        Err(_) if best_effort => None,
        Err(error) => return Err(error),
    };
    let restricted = move || {
        let files = guard_files(rules)?;
        drop_powers()?;
        let filtered = match filter {
            Some(filter) => guard_calls(&filter, best_effort)?,
            None => false,
        };
        let network = if filtered && !network { NetworkGuard::Blocked } else { NetworkGuard::Open };
        Ok((start(), (files, network)))
    };
    let thread = std::thread::Builder::new().name("sandbox".to_owned()).spawn(restricted);
    match thread.map_err(failed("starting a thread"))?.join() {
        Ok(started) => started,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// The rules of Landlock: reading everywhere, all else beneath the writable folders.
fn rules(
    writable: &[Location],
    temporary: &Path,
    network: bool,
    best_effort: bool,
) -> Result<RulesetCreated, SandboxError> {
    let unavailable = |_| SandboxError::Unavailable { missing: "Landlock of Linux 6.2 or later" };
    let needed = if best_effort { CompatLevel::BestEffort } else { CompatLevel::HardRequirement };
    // A command may always signal its own; without the network it is cut off from sockets of others, too.
    let scopes = if network { BitFlags::from(Scope::Signal) } else { Scope::from_all(SCOPES) };
    let mut rules = Ruleset::default()
        .set_compatibility(needed)
        .handle_access(AccessFs::from_all(NEEDED))
        .map_err(unavailable)?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(FILES))
        .and_then(|rules| rules.scope(scopes))
        .and_then(Ruleset::create)
        .map_err(unavailable)?;
    let adding = failed("adding a rule of Landlock");
    let root = PathFd::new("/").map_err(failed("opening /"))?;
    let read = PathBeneath::new(root, AccessFs::from_read(FILES));
    rules = rules.add_rule(read).map_err(&adding)?;
    // A device node made in a writable folder would be a way to the disk itself.
    let all = AccessFs::from_all(FILES) & !(AccessFs::MakeBlock | AccessFs::MakeChar);
    for location in writable {
        // By handles, without following links: one put there since it was judged opens nothing.
        let file = AccessFs::from_file(FILES);
        rules = match location.open_folder() {
            Ok(folder) => rules.add_rule(PathBeneath::new(folder, all)),
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                let handle = location.open_file().map_err(failed("opening a writable file"))?;
                rules.add_rule(PathBeneath::new(handle, file))
            }
            Err(error) => return Err(failed("opening a writable folder")(error)),
        }
        .map_err(&adding)?;
    }
    let temporary = PathFd::new(temporary).map_err(failed("opening the temporary folder"))?;
    rules = rules.add_rule(PathBeneath::new(temporary, all)).map_err(&adding)?;
    for device in DEVICES {
        // A container may lack some.
        if let Ok(device) = PathFd::new(device) {
            let access = AccessFs::from_file(FILES) & !BitFlags::from(AccessFs::Execute);
            rules = rules.add_rule(PathBeneath::new(device, access)).map_err(&adding)?;
        }
    }
    Ok(rules)
}

fn guard_files(rules: RulesetCreated) -> Result<FilesGuard, SandboxError> {
    let status = rules.restrict_self().map_err(failed("restricting the thread"))?;
    Ok(match status.ruleset {
        RulesetStatus::FullyEnforced => FilesGuard::Full,
        RulesetStatus::PartiallyEnforced => FilesGuard::Partial,
        RulesetStatus::NotEnforced => FilesGuard::None,
    })
}

/// What root keeps: handling of files and users. Among what it loses is `CAP_PERFMON`, with which Linux 6.16 and later
/// shows the environment of any process, whatever Landlock says.
const KEPT: CapabilitySet = CapabilitySet::CHOWN
    .union(CapabilitySet::DAC_OVERRIDE)
    .union(CapabilitySet::FOWNER)
    .union(CapabilitySet::FSETID)
    .union(CapabilitySet::KILL)
    .union(CapabilitySet::SETGID)
    .union(CapabilitySet::SETUID)
    .union(CapabilitySet::SETFCAP)
    .union(CapabilitySet::NET_BIND_SERVICE);

/// Gives up all other capabilities of this thread; exec does not bring them back, for `restrict_self` has set
/// `no_new_privs`.
fn drop_powers() -> Result<(), SandboxError> {
    let dropping = failed("giving up capabilities");
    let sets = rustix::thread::capabilities(None).map_err(&dropping)?;
    let sets = CapabilitySets {
        effective: sets.effective & KEPT,
        permitted: sets.permitted & KEPT,
        inheritable: sets.inheritable & KEPT,
    };
    rustix::thread::set_capabilities(None, sets).map_err(&dropping)
}

fn guard_calls(filter: &BpfProgram, best_effort: bool) -> Result<bool, SandboxError> {
    match seccompiler::apply_filter(filter) {
        Ok(()) => Ok(true),
        Err(_) if best_effort => Ok(false),
        Err(_) => Err(SandboxError::Unavailable { missing: "seccomp filters" }),
    }
}

/// Refused in every sandbox: looking into and steering other processes, and the ways round the other rules (io_uring
/// does what a filter would refuse; a file handle names a file without a path; root could change the kernel).
const ALWAYS_REFUSED: [libc::c_long; 14] = [
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_open_by_handle_at,
    libc::SYS_bpf,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
];

/// Refused without the network. Sockets of one's own (`socketpair`) go on working; reading and asking about sockets
/// stays allowed, for there is none that leads out.
const REFUSED_WITHOUT_NETWORK: [libc::c_long; 6] = [
    libc::SYS_connect,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_sendmmsg,
];

/// The low bits of a socket's type; the others are flags.
const SOCKET_TYPE_MASK: u64 = 0xF;

/// The filter: everything is allowed but what the tables name, which fails with `EPERM`.
fn filter(network: bool) -> Result<BpfProgram, SandboxError> {
    let unavailable = |_| SandboxError::Unavailable { missing: "seccomp on this processor" };
    let arch = TargetArch::try_from(std::env::consts::ARCH).map_err(unavailable)?;
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        ALWAYS_REFUSED.into_iter().map(|call| (call, vec![])).collect();
    if !network {
        rules.extend(REFUSED_WITHOUT_NETWORK.into_iter().map(|call| (call, vec![])));
        let condition = |index, length, operator, value| {
            SeccompCondition::new(index, length, operator, value)
                .and_then(|condition| SeccompRule::new(vec![condition]))
                .map_err(failed("making a condition of the filter"))
        };
        let not_unix =
            || condition(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, libc::AF_UNIX as u64);
        // A datagram names its receiver in memory, where a filter cannot look. A raw socket of this family is one of
        // datagrams under another name (`unix_create` of Linux).
        let masked = SeccompCmpOp::MaskedEq(SOCKET_TYPE_MASK);
        let of_type =
            |kind: libc::c_int| condition(1, SeccompCmpArgLen::Dword, masked.clone(), kind as u64);
        for call in [libc::SYS_socket, libc::SYS_socketpair] {
            let datagrams = [of_type(libc::SOCK_DGRAM)?, of_type(libc::SOCK_RAW)?];
            rules.insert(call, std::iter::once(not_unix()?).chain(datagrams).collect());
        }
        let to_an_address = condition(4, SeccompCmpArgLen::Qword, SeccompCmpOp::Ne, 0)?;
        rules.insert(libc::SYS_sendto, vec![to_an_address]);
    }
    for (number, rule) in second_numbers(&rules) {
        rules.insert(number, rule);
    }
    let refuse = SeccompAction::Errno(libc::EPERM as u32);
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refuse, arch);
    let making = failed("making the filter");
    filter.map_err(&making)?.try_into().map_err(&making)
}

/// x86-64 kernels built with x32 take each call under a second number, with bit 30; some calls under one of their own.
fn second_numbers(rules: &BTreeMap<i64, Vec<SeccompRule>>) -> Vec<(i64, Vec<SeccompRule>)> {
    const X32: i64 = 0x4000_0000;
    /// ptrace, kexec_load, sendmmsg, process_vm_readv, process_vm_writev: `syscall_64.tbl` of Linux.
    const X32_ONLY: [i64; 5] = [521, 528, 538, 539, 540];
    if !cfg!(target_arch = "x86_64") {
        return Vec::new();
    }
    let same = rules.iter().map(|(number, rule)| (number | X32, rule.clone()));
    same.chain(X32_ONLY.into_iter().map(|number| (number | X32, vec![]))).collect()
}

fn failed<E: Display>(doing: &'static str) -> impl Fn(E) -> SandboxError {
    move |error| SandboxError::Failed { doing, reason: error.to_string() }
}
