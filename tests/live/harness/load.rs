//! Requests at a steady rate, for what must go on while something is changed.

use std::path::Path;

use super::control_plane::{ADMIN_TOKEN, ControlPlane};
use super::http::arguments;
use super::process::Process;
use super::{FLUNDERS, KubeApiserver};

/// No load goes on for longer than this many seconds.
const LONGEST: u32 = 600;

/// Requests of `admin` for what the extension server has, through one kube-apiserver, until this value is dropped.
pub(crate) struct Load {
    curl: Process,
}

/// What became of them.
#[derive(Debug)]
pub(crate) struct Served {
    pub requests: usize,
    /// Of each that was not answered with 200: its status, or 000 and why there was no answer.
    pub failed: Vec<String>,
}

impl Load {
    /// So many requests a second, one after the other on one connection, as a controller sends them.
    pub(crate) fn start(control_plane: &ControlPlane, server: &KubeApiserver<'_>, rate: u32) -> Self {
        let mut arguments = arguments(&control_plane.serving_authority.certificate);
        arguments.retain(|argument| argument != "--show-error");
        arguments.extend(
            [
                "--max-time",
                "10",
                "--header",
                &format!("Authorization: Bearer {ADMIN_TOKEN}"),
                "--rate",
                &format!("{rate}/s"),
                "--output",
                "/dev/null",
                // Standard output is kept back until there is much of it.
                "--write-out",
                "%{stderr}%{http_code} %{errormsg}\n",
                &format!("{}{FLUNDERS}?limit=[1-{}]", server.url, rate * LONGEST),
            ]
            .map(str::to_owned),
        );
        let name = format!("load-{}", server.port);
        Self { curl: Process::start(&name, Path::new("curl"), &arguments, control_plane.path()) }
    }

    pub(crate) fn served(&self) -> Served {
        let log = self.curl.log();
        let complete = log.rsplit_once('\n').map_or("", |(complete, _)| complete);
        let failed = complete.lines().filter(|line| !line.starts_with("200 ")).map(str::to_owned).collect();
        Served { requests: complete.lines().count(), failed }
    }
}
