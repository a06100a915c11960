//! Files of certificates that the config names.

use std::io;
use std::path::Path;

use ironbridge_upstream::Authorities;

use super::secret::place;
use super::source::Sources;
use super::value::Wrong;

/// The most that a file of certificates may hold, in bytes. Whole bundles of the public ones have a quarter of that.
const CERTIFICATES_BYTES_MAX: u64 = 1024 * 1024;

/// Reads a file of certificates.
///
/// # Errors
/// The file cannot be read, or is longer than 1 MiB.
pub(crate) fn read_certificate_file(path: &Path) -> io::Result<Vec<u8>> {
    use std::io::Read;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(CERTIFICATES_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > CERTIFICATES_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the file is longer than 1 MiB"));
    }
    Ok(bytes)
}

/// The authorities in the file of that name. With `--offline` nothing is connected to, so that the file is not needed.
pub(super) fn authorities(name: &str, sources: &Sources<'_>) -> Result<Authorities, Wrong> {
    if sources.overrides.offline {
        return Ok(Authorities::default());
    }
    let pem = (sources.certificate_file)(&place(name, sources))
        .map_err(|error| Wrong::new(format!("cannot be read: {name}: {error}")))?;
    Authorities::from_pem(&pem).map_err(|error| {
        let hint = "a PEM file has -----BEGIN CERTIFICATE-----, once for each";
        Wrong::hint(format!("is of no use: {name}: {error}"), hint)
    })
}
