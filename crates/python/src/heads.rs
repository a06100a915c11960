//! Heads of replies on their way out: checked, and written as one text.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};

/// The most bytes that the headers of one reply may have.
const HEAD_BYTES_MAX: usize = 256 * 1024;

/// Headers as a record has them, and what was learned on the way.
#[derive(Default)]
pub(crate) struct Headers {
    /// Names and values, parted by NUL.
    pub(crate) text: Vec<u8>,
    /// What `content-length` says.
    pub(crate) length: Option<u64>,
}

/// Reads `headers` of an event: any iterable of pairs of bytes.
///
/// `transfer-encoding` is left out: how a body is framed is the server's business.
pub(crate) fn read(headers: &Bound<'_, PyAny>) -> PyResult<Headers> {
    let mut read = Headers::default();
    for pair in headers.try_iter()? {
        let pair = pair?;
        let (name, value) = if let Ok(tuple) = pair.cast::<PyTuple>()
            && tuple.len() == 2
        {
            (tuple.get_item(0)?, tuple.get_item(1)?)
        } else {
            let mut parts = pair.try_iter()?;
            let wrong = || PyTypeError::new_err("a header is a pair of name and value");
            let name = parts.next().ok_or_else(wrong)??;
            let value = parts.next().ok_or_else(wrong)??;
            if parts.next().is_some() {
                return Err(wrong());
            }
            (name, value)
        };
        let (name, value) = (bytes_of(&name)?, bytes_of(&value)?);
        push(&mut read, name.as_bytes(), value.as_bytes())?;
    }
    Ok(read)
}

fn bytes_of<'a, 'py>(part: &'a Bound<'py, PyAny>) -> PyResult<&'a Bound<'py, PyBytes>> {
    part.cast::<PyBytes>().map_err(|_| {
        let found = part.get_type().name().map(|name| name.to_string()).unwrap_or_default();
        PyTypeError::new_err(format!("names and values of headers are bytes, not {found}"))
    })
}

fn push(read: &mut Headers, name: &[u8], value: &[u8]) -> PyResult<()> {
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    if name.is_empty() || !name.iter().all(is_token) {
        let shown = String::from_utf8_lossy(name);
        return Err(PyValueError::new_err(format!("{shown:?} is no name of a header")));
    }
    let value = value.trim_ascii();
    if value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
        let shown = String::from_utf8_lossy(name);
        let message = format!("the value of the header {shown:?} holds a line's end or a NUL");
        return Err(PyValueError::new_err(message));
    }
    if name.eq_ignore_ascii_case(b"transfer-encoding") {
        return Ok(());
    }
    if name.eq_ignore_ascii_case(b"content-length") {
        let length = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
        let shown = String::from_utf8_lossy(value);
        let wrong = || PyValueError::new_err(format!("content-length is {shown:?}, no number"));
        read.length = Some(length.ok_or_else(wrong)?);
    }
    if !read.text.is_empty() {
        read.text.push(0);
    }
    read.text.extend_from_slice(name);
    read.text.push(0);
    read.text.extend_from_slice(value);
    if read.text.len() > HEAD_BYTES_MAX {
        let message = format!("the headers have more than {HEAD_BYTES_MAX} bytes");
        return Err(PyValueError::new_err(message));
    }
    Ok(())
}
