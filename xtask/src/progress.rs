//! Progress lines on stderr: `[2/5] clients …`, then how long the step took.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// Numbers the steps of one command.
pub(crate) struct Steps {
    begun: Instant,
    total: usize,
    current: usize,
}

impl Steps {
    /// A command of `total` steps begins.
    pub(crate) fn new(total: usize) -> Self {
        Self { begun: Instant::now(), total, current: 0 }
    }

    /// Runs one step between its two lines; an error names the step.
    pub(crate) fn step<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.current += 1;
        eprintln!("[{}/{}] {name}", self.current, self.total);
        let begun = Instant::now();
        let outcome = work().with_context(|| format!("step \"{name}\""))?;
        eprintln!("[{}/{}] {name}: {}", self.current, self.total, duration(begun.elapsed()));
        Ok(outcome)
    }

    /// How long the command has run, as text.
    pub(crate) fn elapsed(&self) -> String {
        duration(self.begun.elapsed())
    }
}

/// `3.2 s`, or `4 min 5 s` from one minute on.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds < 60 {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        format!("{} min {} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_naturally() {
        assert_eq!(duration(Duration::from_millis(3240)), "3.2 s");
        assert_eq!(duration(Duration::from_secs(245)), "4 min 5 s");
    }

    #[test]
    fn an_error_names_its_step() {
        let failed: Result<()> = Steps::new(1).step("clients", || anyhow::bail!("no network"));
        assert_eq!(format!("{:#}", failed.unwrap_err()), "step \"clients\": no network");
    }
}
