//! Which archive it is.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A format of archives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Format {
    /// Zip, compressed with deflate.
    #[serde(rename = "zip")]
    Zip,
    /// Tar, not compressed.
    #[serde(rename = "tar")]
    Tar,
    /// Tar compressed with gzip.
    #[serde(rename = "tar.gz")]
    TarGz,
    /// Tar compressed with Zstandard.
    #[serde(rename = "tar.zst")]
    TarZst,
}

/// First bytes that tell a format, with where they stand.
const MAGIC: &[(usize, &[u8], Format)] = &[
    (0, b"PK\x03\x04", Format::Zip),
    // Without an entry.
    (0, b"PK\x05\x06", Format::Zip),
    (0, b"\x1f\x8b", Format::TarGz),
    (0, b"\x28\xb5\x2f\xfd", Format::TarZst),
    (257, b"ustar", Format::Tar),
];

const EXTENSIONS: &[(&str, Format)] = &[
    (".zip", Format::Zip),
    (".jar", Format::Zip),
    (".tar", Format::Tar),
    (".tar.gz", Format::TarGz),
    (".tgz", Format::TarGz),
    (".tar.zst", Format::TarZst),
    (".tzst", Format::TarZst),
];

impl Format {
    /// Bytes from the beginning that [`Format::of`] wants to see.
    pub(super) const HEAD_BYTES: u64 = 512;

    /// What the first bytes of an archive say.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        let is = |(at, magic, _): &&(usize, &[u8], Self)| {
            head.get(*at..).is_some_and(|rest| rest.starts_with(magic))
        };
        MAGIC.iter().find(is).map(|(_, _, format)| *format)
    }

    /// What a name says.
    pub(super) fn named(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
        let is = |(extension, _): &&(&str, Self)| name.ends_with(extension);
        EXTENSIONS.iter().find(is).map(|(_, format)| *format)
    }
}

/// Seconds in a day.
const DAY: i64 = 24 * 60 * 60;

/// The time in a zip's directory, which names no zone; it is read as UTC, so that an archive means the same everywhere.
pub(super) fn unix_seconds(time: zip::DateTime) -> i64 {
    let days = days_from_civil(time.year().into(), time.month().into(), time.day().into());
    let seconds = i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60;
    days * DAY + seconds + i64::from(time.second())
}

/// The other way round; outside of 1980 to 2107 the nearest that a zip can hold.
pub(super) fn zip_time(seconds: i64) -> zip::DateTime {
    let (year, month, day) = civil_from_days(seconds.div_euclid(DAY));
    let rest = seconds.rem_euclid(DAY);
    let part = |value: i64| u8::try_from(value).unwrap_or_default();
    let (hour, minute, second) = (part(rest / 3600), part(rest / 60 % 60), part(rest % 60));
    match u16::try_from(year) {
        _ if year < 1980 => zip::DateTime::default(),
        Ok(year @ ..=2107) => {
            zip::DateTime::from_date_and_time(year, part(month), part(day), hour, minute, second)
                .unwrap_or_default()
        }
        _ => zip::DateTime::from_date_and_time(2107, 12, 31, 23, 59, 58).unwrap_or_default(),
    }
}

/// Days since 1970-01-01 in the Gregorian calendar; years begin in March here, so that the leap day is the last one
/// (Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zip_times_go_both_ways() {
        for seconds in [315_532_800, 951_782_398, 951_868_798, 1_795_262_400, 4_354_819_198] {
            assert_eq!(unix_seconds(zip_time(seconds)), seconds);
        }
        assert_eq!(unix_seconds(zip_time(-1)), 315_532_800);
        assert_eq!(unix_seconds(zip_time(i64::MAX / 2)), 4_354_819_198);
        assert_eq!(civil_from_days(0), (1970, 1, 1));
        assert_eq!(days_from_civil(2000, 2, 29), 11_016);
    }
}
