//! A whole check of one input of any shape, on a host without files.

#![no_main]

use std::path::PathBuf;

use aggcert::lint::run::{Inventory, Reading};
use aggcert::lint::{Context, judge};
use libfuzzer_sys::fuzz_target;
use time::Duration;
use time::macros::datetime;

fuzz_target!(|input: &[u8]| {
    let reading = Reading { root: Some(PathBuf::from("/nonexistent")), ..Reading::default() };
    let mut inventory = Inventory::default();
    inventory.add_stream(input, &reading);
    inventory.relate();
    let neighbours = inventory.neighbours(&[]);
    for target in inventory.targets() {
        let context = Context::new(neighbours.of(&target), &inventory.objects, datetime!(2026-06-01 0:00 UTC), Duration::days(30));
        let _ = judge(target, &context);
    }
});
