//! `aggcert rbac`.

use std::io::Write;

use super::Exit;
use crate::cluster::rbac;
use crate::kubernetes::names::is_label;
use crate::text::yaml;

/// Print the least rights that reading a cluster needs, as a ServiceAccount with its roles and bindings
///
/// With a right less, `check` says which one lacks and what could not be decided for it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aggcert rbac | kubectl apply -f -
  # for check --probe where only the API is reachable
  aggcert rbac --probe | kubectl apply -f -
  kubectl create token -n kube-system aggcert --duration 1h

Exit codes: 0 printed, 2 bad arguments.")]
pub(super) struct RbacArguments {
    /// Where the ServiceAccount is made
    #[arg(long, value_name = "NAMESPACE", default_value = "kube-system", value_parser = namespace)]
    namespace: String,
    /// With the right to forward ports of Pods, by which `--probe` asks servers that cannot be reached otherwise; whoever
    /// has it reaches every port of every Pod
    #[arg(long)]
    probe: bool,
}

pub(super) fn run(arguments: &RbacArguments, out: &mut dyn Write) -> anyhow::Result<Exit> {
    out.write_all(yaml::documents(&rbac::all(&arguments.namespace, arguments.probe)).as_bytes())?;
    Ok(Exit::Done)
}

fn namespace(text: &str) -> Result<String, String> {
    let advice = "a namespace is up to 63 lower-case letters, digits and `-`, with a letter or digit at both ends";
    if is_label(text) { Ok(text.to_owned()) } else { Err(advice.to_owned()) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_namespace_is_a_name() {
        assert!(super::namespace("kube-system").is_ok());
        assert!(super::namespace("x y: z").is_err() && super::namespace("").is_err());
    }
}
