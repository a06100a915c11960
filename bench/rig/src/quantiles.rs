//! Quantiles of times, from the sorted samples themselves.

use serde::Serialize;

/// Quantiles in microseconds; all absent when there was no sample.
#[derive(Debug, Default, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Quantiles {
    /// Half of the samples are not above it.
    pub(crate) p50_us: Option<f64>,
    /// Nine of ten are not above it.
    pub(crate) p90_us: Option<f64>,
    /// 99 of 100 are not above it.
    pub(crate) p99_us: Option<f64>,
    /// The greatest.
    pub(crate) max_us: Option<f64>,
}

impl Quantiles {
    /// Takes samples in nanoseconds, in any order.
    pub(crate) fn of(mut nanoseconds: Vec<u64>) -> Self {
        nanoseconds.sort_unstable();
        let at = |share: f64| {
            let rank = (nanoseconds.len() as f64 * share).ceil() as usize;
            let sample = nanoseconds.get(rank.saturating_sub(1))?;
            Some(*sample as f64 / 1000.0)
        };
        Self { p50_us: at(0.5), p90_us: at(0.9), p99_us: at(0.99), max_us: at(1.0) }
    }
}

/// The middle of some measurements; of an even number, the mean of the two in the middle.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    values.get(middle.checked_sub(1)?).map(|lower| f64::midpoint(*lower, upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_samples() {
        let found = Quantiles::of((1..=1000).rev().map(|number| number * 1000).collect());
        let expected = Quantiles {
            p50_us: Some(500.0),
            p90_us: Some(900.0),
            p99_us: Some(990.0),
            max_us: Some(1000.0),
        };
        assert_eq!(found, expected);
        assert_eq!(Quantiles::of(Vec::new()), Quantiles::default());
    }

    #[test]
    fn a_median_stands_in_the_middle() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }
}
