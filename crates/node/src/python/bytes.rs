//! Bytes of the host on their way to JavaScript.

use std::ffi::c_void;
use std::ptr;

use ironbridge_asgi::Buffer;
use napi::bindgen_prelude::ToNapiValue;
use napi::{check_status, sys};

/// Below this size a copy is cheaper than memory with a finalizer.
const OWN_BYTES_MIN: usize = 16 * 1024;

/// A buffer of the host that becomes a `Buffer`.
pub(crate) struct Bytes(pub(crate) Buffer);

impl ToNapiValue for Bytes {
    unsafe fn to_napi_value(
        env: sys::napi_env,
        Self(bytes): Self,
    ) -> napi::Result<sys::napi_value> {
        let mut value = ptr::null_mut();
        let (start, length) = (bytes.as_ptr(), bytes.len());
        if length >= OWN_BYTES_MIN {
            let owner = Box::into_raw(Box::new(bytes));
            let (start, hint) = (start.cast_mut().cast(), owner.cast());
            // SAFETY: the bytes live until `let_go` frees their owner; nobody else has them.
            let status = unsafe {
                sys::napi_create_external_buffer(
                    env,
                    length,
                    start,
                    Some(let_go),
                    hint,
                    &raw mut value,
                )
            };
            if status == sys::Status::napi_ok {
                return Ok(value);
            }
            // Where memory of others is forbidden (Electron) a copy has to do.
            // SAFETY: refused memory is not let go of by N-API; the box is ours again.
            let bytes = unsafe { Box::from_raw(owner) };
            return copied(env, &bytes);
        }
        copied(env, &bytes)
    }
}

fn copied(env: sys::napi_env, bytes: &[u8]) -> napi::Result<sys::napi_value> {
    let (mut value, mut data) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: `env` is the caller's; the bytes live until the end of this function, and the callee copies them.
    let status = unsafe {
        sys::napi_create_buffer_copy(
            env,
            bytes.len(),
            bytes.as_ptr().cast(),
            &raw mut data,
            &raw mut value,
        )
    };
    check_status!(status, "cannot make a buffer of {} bytes", bytes.len())?;
    Ok(value)
}

unsafe extern "C" fn let_go(_env: sys::napi_env, _data: *mut c_void, owner: *mut c_void) {
    // SAFETY: `owner` is the box that was handed over with this function, which is called once.
    drop(unsafe { Box::from_raw(owner.cast::<Buffer>()) });
}
