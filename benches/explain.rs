//! How many bytes of a log `explain` reads a second on one core. The goal is 10 MB, and a search for five words in the same text is
//! the measure of the machine.

use std::fmt::Write;

use aggcert::explain::explain;
use divan::Bencher;
use divan::counter::BytesCount;
use regex::Regex;

const LINES: usize = 4_000;

fn main() {
    divan::main();
}

/// kube-apiserver's access log, with the same two faults over and over: one line in ten.
#[divan::bench]
fn log_of_a_server(bencher: Bencher<'_, '_>) {
    read(bencher, &server_log());
}

/// The peer: what `grep -E` does with the same text, line by line.
#[divan::bench]
fn words_in_a_log_of_a_server(bencher: Bencher<'_, '_>) {
    let Ok(words) = Regex::new("x509: |tls: |Unable to authenticate|response from https://|is forbidden: ") else {
        return;
    };
    let text = server_log();
    let lines = || text.lines().filter(|line| words.is_match(line)).count();
    bencher.counter(BytesCount::of_str(&text)).bench_local(lines);
}

/// Nothing but messages of this matter, each of another kind: no log is like that.
#[divan::bench(sample_count = 10)]
fn messages_alone(bencher: Bencher<'_, '_>) {
    let rows = include_str!("../fixtures/explain/reports.tsv").lines().skip(1);
    let lines: Vec<String> =
        rows.filter_map(|row| row.rsplit('\t').next()).map(|line| line.replace("\\n", "\n")).collect();
    read(bencher, &lines.join("\n"));
}

fn read(bencher: Bencher<'_, '_>, text: &str) {
    bencher.counter(BytesCount::of_str(text)).bench_local(|| {
        let found = explain(divan::black_box(text));
        assert!(!found.is_empty());
        found
    });
}

/// No two lines are alike.
fn server_log() -> String {
    let mut text = String::new();
    for number in 0..LINES {
        let (second, address) = (number % 60, number % 250);
        let line = match number % 20 {
            0 => write!(
                text,
                "E1126 10:00:{second:02}.000001 1 authentication.go:73] \"Unable to authenticate the request\" err=\"[x509: \
                 certificate signed by unknown authority, verifying certificate SN={number}, SKID=, AKID= failed: x509: \
                 certificate signed by unknown authority]\""
            ),
            10 => write!(
                text,
                "E1126 10:00:{second:02}.000001 1 remote_available_controller.go:462] \"Unhandled Error\" \
                 err=\"v1beta1.metrics.k8s.io failed with: failing or missing response from \
                 https://10.0.0.{address}:443/apis/metrics.k8s.io/v1beta1: Get \
                 \\\"https://10.0.0.{address}:443/apis/metrics.k8s.io/v1beta1\\\": dial tcp 10.0.0.{address}:443: connect: \
                 connection refused\" logger=\"UnhandledError\""
            ),
            _ => write!(
                text,
                "I1126 10:00:{second:02}.000001 1 httplog.go:132] \"HTTP\" verb=\"GET\" \
                 URI=\"/api/v1/namespaces/ns-{number}/pods/app-{number:x}\" latency=\"{number}.5ms\" \
                 userAgent=\"kubelet/v1.30.1 (linux/amd64) kubernetes/6911225\" audit-ID=\"{number:032x}\" \
                 srcIP=\"10.1.0.{address}:43210\" apf_pl=\"workload-low\" apf_fs=\"service-accounts\" apf_iseats=1 resp=200"
            ),
        };
        if line.is_ok() {
            text.push('\n');
        }
    }
    text
}
