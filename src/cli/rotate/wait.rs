//! Waits until a running cluster shows that a step has arrived.

use std::io::Write;
use std::time::{Duration, Instant};

use super::super::progress::Progress;
use super::arguments::NextArguments;
use super::evidence::{Evidence, Missing};
use super::report::list;
use super::work::Nodes;
use crate::rotation::position;

/// Servers notice a new file, or a changed ConfigMap, within a second; a mounted one within two minutes.
const PAUSE: Duration = Duration::from_secs(2);

/// Looks again and again, until nothing is missing that comes by itself, or for as long as the arguments say.
pub(super) fn until_arrived(evidence: &mut Evidence, next: &NextArguments, err: &mut dyn Write) -> anyhow::Result<()> {
    let (inputs, timeout, began) = (&next.inputs, next.timeout, Instant::now());
    let mut progress: Option<Progress> = None;
    while evidence.live.is_some() && began.elapsed() < Duration::from_secs(timeout) {
        let Some(missing) = coming(next, evidence, err)? else { break };
        match &mut progress {
            Some(progress) => progress.advance(1),
            None => {
                writeln!(err, "aggcert: waiting up to {timeout} seconds for {}", list(&missing))?;
                progress = Some(Progress::new("looks at the cluster"));
            }
        }
        std::thread::sleep(PAUSE);
        // An API server that is being restarted does not answer for a moment.
        if let Ok(again) = inputs.evidence.read() {
            *evidence = again;
        }
    }
    Ok(())
}

/// What is missing, where all of it will come by itself. The directories are not held meanwhile: the files are still to be
/// brought from them.
fn coming(next: &NextArguments, evidence: &mut Evidence, err: &mut dyn Write) -> anyhow::Result<Option<Vec<Missing>>> {
    let nodes = Nodes::hold(&next.inputs, err)?;
    evidence.client_cas.extend(nodes.cluster_cas());
    let Ok((phase, _)) = position(&nodes.cluster(evidence)) else { return Ok(None) };
    let missing = nodes.missing(&phase, evidence, next.all);
    Ok((!missing.is_empty() && missing.iter().all(|missing| missing.comes)).then_some(missing))
}
