//! Dates as models' lists and our own files write them: RFC 3339, in UTC, to the second.

const SECONDS_PER_DAY: u64 = 86_400;

/// The date of a time in seconds since 1970, as RFC 3339 in UTC: `2025-02-19T00:00:00Z`.
///
/// The calendar's arithmetic is Howard Hinnant's (howardhinnant.github.io/date_algorithms.html, `civil_from_days`).
#[must_use]
pub fn date_of(seconds: u64) -> String {
    /// The last second of the year 9999, after which RFC 3339 has no form.
    const SECONDS_MAX: u64 = 253_402_300_799;
    let seconds = seconds.min(SECONDS_MAX);
    let (days, of_day) = (seconds / SECONDS_PER_DAY, seconds % SECONDS_PER_DAY);
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// The seconds since 1970 of an RFC 3339 date in UTC; `None` for other forms, zones and dates before 1970.
#[must_use]
pub fn seconds_of(date: &str) -> Option<u64> {
    let (day, time) = date.split_once('T')?;
    let time = time.strip_suffix('Z').or_else(|| time.strip_suffix("+00:00"))?;
    let mut day = day.splitn(3, '-').map(str::parse::<u64>);
    let (year, month, day) = (day.next()?.ok()?, day.next()?.ok()?, day.next()?.ok()?);
    let mut time = time.split('.').next()?.splitn(3, ':').map(str::parse::<u64>);
    let (hour, minute, second) = (time.next()?.ok()?, time.next()?.ok()?, time.next()?.ok()?);
    let in_range = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    if !in_range {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year / 400, year % 400);
    let month_from_march = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    let days = (era * 146_097 + of_era).checked_sub(719_468)?;
    Some(days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dates() {
        let cases = [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_740_009_599, "2025-02-19T23:59:59Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
        ];
        for (seconds, date) in cases {
            assert_eq!((date_of(seconds).as_str(), seconds_of(date)), (date, Some(seconds)));
        }
        assert_eq!(seconds_of("2025-02-19T00:00:00.250+00:00"), Some(1_739_923_200));
        for other in [
            "",
            "2025-02-19",
            "2025-13-01T00:00:00Z",
            "1969-12-31T00:00:00Z",
            "2025-02-19T00:00:00+02:00",
        ] {
            assert_eq!(seconds_of(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn every_second_has_its_date(seconds in 0_u64..=253_402_300_799) {
            prop_assert_eq!(seconds_of(&date_of(seconds)), Some(seconds));
        }
    }
}
