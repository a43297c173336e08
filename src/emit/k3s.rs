//! K3s' configuration file; RKE2 reads the same.

use super::FlagSet;
use crate::text::yaml;

pub(super) fn write(set: &FlagSet) -> String {
    let arguments =
        set.flags.iter().map(|flag| format!("- {}\n", yaml::string(&format!("{}={}", flag.name, flag.value))));
    format!(
        "# Add to /etc/rancher/k3s/config.yaml (RKE2: /etc/rancher/rke2/config.yaml).\nkube-apiserver-arg:\n{}",
        arguments.collect::<String>()
    )
}

#[cfg(test)]
mod tests {
    use super::super::example;

    #[test]
    fn the_arguments_have_no_dashes() {
        assert!(super::write(&example("it's", "/pki")).ends_with(concat!(
            "kube-apiserver-arg:\n",
            "- \"requestheader-allowed-names=it's\"\n",
            "- proxy-client-key-file=/pki/front-proxy-client.key\n",
        )));
    }
}
