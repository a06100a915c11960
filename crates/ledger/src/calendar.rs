//! Days and months, UTC.

use crate::rollup::DAY_MS;

/// Year, month (from 1) and day (from 1) of a moment.
///
/// Days since 1970 to a date, by eras of 400 years that begin in March (Howard Hinnant, chrono-compatible date
/// algorithms).
pub(crate) fn date(ms: u64) -> (u64, u64, u64) {
    let days = ms / DAY_MS + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

/// When the day of a moment began.
pub(crate) fn day_start(ms: u64) -> u64 {
    ms - ms % DAY_MS
}

/// When the month of a moment began.
pub(crate) fn month_start(ms: u64) -> u64 {
    let (_, _, day) = date(ms);
    day_start(ms).saturating_sub((day - 1) * DAY_MS)
}

/// When the month of a moment is over.
pub(crate) fn month_end(ms: u64) -> u64 {
    // No month has more than 31 days, and none fewer than 28.
    month_start(month_start(ms).saturating_add(31 * DAY_MS + DAY_MS / 2))
}

#[cfg(test)]
mod tests {
    use super::{date, month_end, month_start};
    use crate::rollup::DAY_MS;

    #[test]
    fn months_begin_and_end_where_the_next_begins() {
        let mut ms = 1_700_000_000_000;
        for _ in 0..2000 {
            let (start, end) = (month_start(ms), month_end(ms));
            assert!(start <= ms && ms < end, "{ms}");
            assert_eq!((date(start).2, date(end).2), (1, 1), "{ms}");
            assert_eq!(month_start(end), end);
            assert_eq!(date(end - 1).1, date(start).1);
            ms += DAY_MS * 7 / 5;
        }
        assert_eq!(month_end(1_764_547_199_999), 1_764_547_200_000, "the end of November 2025");
    }
}
