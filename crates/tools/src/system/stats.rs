//! Figures of the machine and of this process.

use std::collections::HashMap;
use std::fmt;
use std::time::Instant;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sysinfo::{
    CpuRefreshKind, MemoryRefreshKind, Pid, ProcessRefreshKind, ProcessesToUpdate, RefreshKind,
    System,
};

use crate::{Coded, Control, Stopped, Workspace};

/// Gives figures of this process, its children and the machine: processor, memory, uptime, load.
///
/// It does not wait. How busy the machine is needs two looks, so it is missing here; JavaScript's `systemStats` keeps
/// the look before.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StatsInput {}

/// Figures of one moment.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Stats {
    /// This process.
    pub process: ProcessStats,
    /// The machine.
    pub machine: MachineStats,
}

/// This process.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProcessStats {
    /// Its number.
    pub pid: u32,
    /// How long it runs, in seconds.
    pub uptime_seconds: u64,
    /// Processor time since the previous look, in percent of one core; missing at the first look.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_percent: Option<f64>,
    /// Processor time since it started, in percent of one core.
    pub cpu_percent_since_start: f64,
    /// Processor time since it started, in milliseconds.
    pub cpu_millis: u64,
    /// Memory it has in RAM, in bytes.
    pub memory_bytes: u64,
    /// Its children and theirs, by number. Limit: `system.children`.
    pub children: Vec<ChildProcess>,
    /// How many those are, also beyond the limit.
    pub children_count: u64,
    /// Memory they have in RAM, in bytes; what they share is counted for each.
    pub children_memory_bytes: u64,
}

/// A child of this process, or a child of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChildProcess {
    /// Its number.
    pub pid: u32,
    /// The number of the process that started it.
    pub parent: u32,
    /// The name of its program.
    pub name: String,
    /// Memory it has in RAM, in bytes.
    pub memory_bytes: u64,
}

/// The machine.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MachineStats {
    /// Processors that programs may use at once.
    pub cores: u64,
    /// How busy all processors together were since the previous look, in percent; missing at the first look.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_percent: Option<f64>,
    /// Memory there is, in bytes.
    pub memory_total_bytes: u64,
    /// Memory that programs could still get, in bytes.
    pub memory_available_bytes: u64,
    /// Memory that is taken, in percent.
    pub memory_percent: f64,
    /// How long it runs, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uptime_seconds: Option<u64>,
    /// Processes that ran or waited to run, on average over 1, 5 and 15 minutes; missing on Windows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load: Option<[f64; 3]>,
}

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub enum StatsError {
    /// The system does not tell about this process.
    #[error("the system tells nothing about process {pid}")]
    Untold {
        /// This process.
        pid: u32,
    },
    /// Stopped from outside.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl Coded for StatsError {
    fn codes() -> &'static [(&'static str, &'static str)] {
        &[
            ("untold", "the system does not tell about this process"),
            ("cancelled", "the call was cancelled"),
            ("deadline", "the time was up"),
        ]
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Untold { .. } => "untold",
            Self::Stopped(stopped) => stopped.code(),
        }
    }
}

/// Gives figures once.
///
/// # Errors
///
/// See [`StatsError`].
pub fn stats(
    workspace: &Workspace,
    _input: &StatsInput,
    control: &Control,
) -> Result<Stats, StatsError> {
    control.check()?;
    let most = usize::try_from(workspace.limits().system.children).unwrap_or(usize::MAX);
    Monitor::new(most)?.stats()
}

/// Looks again and again, and remembers the look before.
pub struct Monitor {
    system: System,
    children_max: usize,
    /// When the look before was, and the processor time of this process then, in milliseconds.
    before: Option<(Instant, u64)>,
}

impl fmt::Debug for Monitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Monitor").field("before", &self.before).finish_non_exhaustive()
    }
}

impl Monitor {
    /// One that has not looked yet. Of the children it lists `children_max` by name.
    ///
    /// # Errors
    ///
    /// [`StatsError::Untold`] where the system tells nothing at all.
    pub fn new(children_max: usize) -> Result<Self, StatsError> {
        let system = System::new_with_specifics(RefreshKind::nothing())
            .map_err(|_| StatsError::Untold { pid: std::process::id() })?;
        Ok(Self { system, children_max, before: None })
    }

    /// Looks. It reads one small file per process of the machine: some milliseconds.
    ///
    /// # Errors
    ///
    /// [`StatsError::Untold`].
    pub fn stats(&mut self) -> Result<Stats, StatsError> {
        let first = self.before.is_none();
        let kind = ProcessRefreshKind::nothing().with_cpu().with_memory().without_tasks();
        self.system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
        self.system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
        self.system.refresh_cpu_specifics(CpuRefreshKind::nothing().with_usage());
        let process = self.process()?;
        let (total, available) = (self.system.total_memory(), self.system.available_memory());
        let machine = MachineStats {
            cores: std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64),
            cpu_percent: (!first).then(|| rounded(f64::from(self.system.global_cpu_usage()))),
            memory_total_bytes: total,
            memory_available_bytes: available,
            memory_percent: percent(total.saturating_sub(available), total),
            uptime_seconds: System::uptime().ok(),
            load: System::load_average().ok().map(|load| [load.one, load.five, load.fifteen]),
        };
        Ok(Stats { process, machine })
    }

    fn process(&mut self) -> Result<ProcessStats, StatsError> {
        let pid = std::process::id();
        let process = self.system.process(Pid::from_u32(pid)).ok_or(StatsError::Untold { pid })?;
        let now = Instant::now();
        let cpu_millis = process.accumulated_cpu_time();
        let since = self.before.map(|(at, millis)| {
            let passed = u64::try_from(now.duration_since(at).as_millis()).unwrap_or(u64::MAX);
            percent(cpu_millis.saturating_sub(millis), passed)
        });
        let (memory_bytes, uptime_seconds) = (process.memory(), process.run_time());
        let mut children = self.children(Pid::from_u32(pid));
        let children_count = children.len() as u64;
        let children_memory_bytes = children.iter().map(|child| child.memory_bytes).sum();
        children.truncate(self.children_max);
        self.before = Some((now, cpu_millis));
        Ok(ProcessStats {
            pid,
            uptime_seconds,
            cpu_percent: since,
            cpu_percent_since_start: percent(cpu_millis, uptime_seconds.saturating_mul(1000)),
            cpu_millis,
            memory_bytes,
            children,
            children_count,
            children_memory_bytes,
        })
    }

    /// Children of `root`, and theirs.
    fn children(&self, root: Pid) -> Vec<ChildProcess> {
        let mut by_parent: HashMap<Pid, Vec<Pid>> = HashMap::new();
        for (pid, process) in self.system.processes() {
            if let Some(parent) = process.parent() {
                by_parent.entry(parent).or_default().push(*pid);
            }
        }
        let mut children = Vec::new();
        let mut waiting = vec![root];
        while let Some(parent) = waiting.pop() {
            // Taken out: were numbers to form a circle, it would be gone through once.
            for pid in by_parent.remove(&parent).unwrap_or_default() {
                let Some(process) = self.system.process(pid) else { continue };
                waiting.push(pid);
                children.push(ChildProcess {
                    pid: pid.as_u32(),
                    parent: parent.as_u32(),
                    name: process.name().to_string_lossy().into_owned(),
                    memory_bytes: process.memory(),
                });
            }
        }
        children.sort_by_key(|child| child.pid);
        children
    }
}

/// `part` of `whole` in percent; 0 of nothing.
fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { rounded(part as f64 * 100.0 / whole as f64) }
}

/// To a tenth: more would be noise.
fn rounded(percent: f64) -> f64 {
    (percent * 10.0).round() / 10.0
}
