#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ironbridge_fuzz::agent::agent_calls(data));
