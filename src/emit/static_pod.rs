//! A pod's manifest, with nothing but the flags in it.

use super::FlagSet;
use crate::text::yaml;

pub(super) fn write(set: &FlagSet) -> String {
    let arguments = set.flags.iter().map(|flag| format!("    - {}\n", yaml::string(&word(&flag.argument()))));
    format!(
        "# Add these arguments to /etc/kubernetes/manifests/kube-apiserver.yaml; the pod must mount {}.\n\
         apiVersion: v1\n\
         kind: Pod\n\
         metadata:\n\
         \u{20}\u{20}name: kube-apiserver\n\
         \u{20}\u{20}namespace: kube-system\n\
         spec:\n\
         \u{20}\u{20}containers:\n\
         \u{20}\u{20}- name: kube-apiserver\n\
         \u{20}\u{20}\u{20}\u{20}command:\n\
         \u{20}\u{20}\u{20}\u{20}- kube-apiserver\n\
         {}",
        set.pki_dir,
        arguments.collect::<String>()
    )
}

/// What a container gets as this text: `$(X)` stands for a variable and `$$` for a dollar (k8s.io/kubernetes,
/// third_party/forked/golang/expansion, `Expand`).
pub(super) fn word(text: &str) -> String {
    text.replace('$', "$$")
}

#[cfg(test)]
mod tests {
    use super::super::example;

    #[test]
    fn what_the_kubelet_would_replace_is_doubled() {
        assert!(super::write(&example("$(X) $$", "/pki")).contains("=$$(X) $$$$"));
    }

    #[test]
    fn arguments_follow_the_command() {
        let text = super::write(&example("a, b", "/pki"));
        assert!(text.ends_with(concat!(
            "    command:\n",
            "    - kube-apiserver\n",
            "    - \"--requestheader-allowed-names=\\\"a, b\\\"\"\n",
            "    - --proxy-client-key-file=/pki/front-proxy-client.key\n",
        )));
    }
}
