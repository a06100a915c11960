//! Dates as users write and read them: days in UTC.

use std::time::{Duration, SystemTime};

use toml_edit::{Datetime, Offset};

use crate::config::value::{self, Wrong};

/// The seconds of a day.
const DAY: u64 = 24 * 60 * 60;

/// The longest duration that stands for a moment: ten years.
const AHEAD_MAX: Duration = Duration::from_secs(3653 * DAY);

/// Reads a moment after `now`: a duration from then on (`30d`), a day (`2027-01-31`: its beginning in UTC), or a time
/// with its offset (`2027-01-31T18:00:00Z`).
pub(crate) fn moment(text: &str, now: SystemTime) -> Result<SystemTime, Wrong> {
    let hint = "for example 30d, 2027-01-31 or 2027-01-31T18:00:00Z";
    let wrong = |why: &str| Wrong::hint(format!("{why}: \"{text}\""), hint);
    let Ok(date) = text.parse::<Datetime>() else {
        let ahead = value::duration(text, Duration::from_secs(1), AHEAD_MAX);
        return ahead
            .map(|ahead| now + ahead)
            .map_err(|_| wrong("is no moment of the next ten years"));
    };
    let seconds = seconds(&date).ok_or_else(|| wrong("is no day with a time and its offset"))?;
    let moment = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    if moment <= now {
        return Err(wrong("is over"));
    }
    Ok(moment)
}

/// Reads a moment before `now`, in the same forms; a duration is one from then until now.
pub(crate) fn past(text: &str, now: SystemTime) -> Result<SystemTime, Wrong> {
    let hint = "for example 30d, 2026-11-01 or 2026-11-01T18:00:00Z";
    let wrong = || Wrong::hint(format!("is no moment of the past: \"{text}\""), hint);
    let moment = match text.parse::<Datetime>() {
        Ok(date) => seconds(&date).map(|since| SystemTime::UNIX_EPOCH + Duration::from_secs(since)),
        Err(_) => value::duration(text, Duration::from_secs(1), AHEAD_MAX)
            .ok()
            .and_then(|ago| now.checked_sub(ago)),
    };
    moment.filter(|moment| *moment <= now).ok_or_else(wrong)
}

/// The seconds from 1970 to a day's beginning, or to a time of it; `None` where that is not told, or lies before 1970.
fn seconds(date: &Datetime) -> Option<u64> {
    let day = date.date?;
    let days = days_since_1970(i64::from(day.year), i64::from(day.month), i64::from(day.day));
    let mut seconds = days * i64::try_from(DAY).ok()?;
    if let Some(time) = date.time {
        let minutes_east = match date.offset? {
            Offset::Z => 0,
            Offset::Custom { minutes } => i64::from(minutes),
        };
        let minutes = i64::from(time.hour) * 60 + i64::from(time.minute) - minutes_east;
        seconds += minutes * 60 + i64::from(time.second.unwrap_or(0));
    }
    u64::try_from(seconds).ok()
}

/// The day of a moment, in UTC.
pub(crate) fn shown(moment: SystemTime) -> String {
    let since = moment.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let days = i64::try_from(since.as_secs() / DAY).unwrap_or(i64::MAX);
    // The days of `days_since_1970`, backwards; source: Howard Hinnant, "chrono-compatible low-level date algorithms".
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The days from 1970-01-01 to a day of the Gregorian calendar, by the same source. Years begin in March there, so that
/// the leap day is the last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let march_month = (month + 9) % 12;
    let day_of_year = (153 * march_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn a_moment_of_the_past_is_a_day_a_time_or_so_long_ago() {
        let now = at(1_700_000_000);
        for (text, wanted) in [
            ("30d", 1_700_000_000 - 30 * DAY),
            ("2004-02-29", 1_078_012_800),
            ("2023-11-14T22:13:20Z", 1_700_000_000),
        ] {
            assert_eq!(past(text, now), Ok(at(wanted)), "{text}");
        }
        for text in ["", "soon", "2027-01-31", "99999d", "1900-01-01"] {
            assert!(past(text, now).is_err(), "{text}");
        }
    }

    /// The seconds of each are from `date -ud TEXT +%s`.
    #[test]
    fn moments_are_days_times_or_durations() {
        let now = at(1_000_000_000);
        for (text, wanted) in [
            ("30d", 1_000_000_000 + 30 * DAY),
            ("1h", 1_000_003_600),
            ("2004-02-29", 1_078_012_800),
            ("2027-01-31", 1_801_353_600),
            ("2100-03-01", 4_107_542_400),
            ("2027-01-31T18:00:00Z", 1_801_418_400),
            ("2027-01-31T18:00:00+02:00", 1_801_411_200),
        ] {
            assert_eq!(moment(text, now), Ok(at(wanted)), "{text}");
        }
        for text in [
            "",
            "soon",
            "30",
            "0s",
            "1999-01-01",
            "2027-02-29",
            "2027-01-31T18:00:00",
            "18:00:00",
            "99999d",
        ] {
            assert!(moment(text, now).is_err(), "{text}");
        }
    }

    #[test]
    fn every_day_is_shown_as_it_is_read() {
        for day in (0..60_000).step_by(7) {
            let text = shown(at(day * DAY + 86_399));
            assert_eq!(seconds(&text.parse().unwrap()), Some(day * DAY), "{text}");
        }
        assert_eq!(shown(at(951_782_400)), "2000-02-29");
    }
}
