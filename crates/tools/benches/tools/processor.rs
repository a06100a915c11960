//! Processor time beside divan's clock: of all our threads, and of the programs that were started and waited for.
//!
//! On a machine that others use, the time on the clock says as much about them as about us; this does not. Linux only.

use divan::Bencher;

/// Linux counts in these, on every machine.
const TICKS_PER_SECOND: f64 = 100.0;

/// What the rounds of one bench used; tells the mean on stderr when it ends.
pub(crate) struct Used {
    name: String,
    rounds: u32,
    before: u64,
}

impl Used {
    /// From now on.
    pub(crate) fn by(name: &str) -> Self {
        Self { name: name.to_owned(), rounds: 0, before: ticks() }
    }

    /// One more round begins.
    pub(crate) fn round(&mut self) {
        self.rounds += 1;
    }
}

impl Drop for Used {
    #[allow(clippy::print_stderr, reason = "a figure divan has no column for")]
    fn drop(&mut self) {
        let used = ticks() - self.before;
        if used > 0 && self.rounds > 0 {
            #[allow(clippy::cast_precision_loss, reason = "far fewer than 2^52 ticks")]
            let seconds = used as f64 / TICKS_PER_SECOND;
            let milliseconds = 1000.0 * seconds / f64::from(self.rounds);
            let (name, rounds) = (&self.name, self.rounds);
            eprintln!("processor {name}: {milliseconds:.2} ms a round, {rounds} rounds");
        }
    }
}

/// Rounds on the calling thread, their time and what they used.
pub(crate) fn measure<T>(bencher: Bencher<'_, '_>, name: &str, mut round: impl FnMut() -> T) {
    let mut used = Used::by(name);
    bencher.bench_local(|| {
        used.round();
        round()
    });
}

/// User and system, ours and the children's: fields 14 to 17 of `/proc/self/stat`. 0 where there is none.
fn ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let fields = after_name.split_whitespace().skip(11).take(4);
    fields.filter_map(|field| field.parse::<u64>().ok()).sum()
}
