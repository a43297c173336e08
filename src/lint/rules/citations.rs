//! How rules cite, so that the release they are taken from stands in one place.

/// A symbol in a file of kubernetes/kubernetes.
macro_rules! kubernetes {
    ($path:literal, $symbol:literal) => {
        $crate::lint::Reference {
            title: concat!("kubernetes/kubernetes: ", $path, ", ", $symbol),
            url: concat!("https://github.com/kubernetes/kubernetes/blob/v1.36.0/", $path),
        }
    };
}

/// A page of the Kubernetes documentation.
macro_rules! kubernetes_io {
    ($title:literal, $path:literal) => {
        $crate::lint::Reference {
            title: concat!("Kubernetes documentation: ", $title),
            url: concat!("https://kubernetes.io/docs/", $path),
        }
    };
}

/// A section of RFC 5280.
macro_rules! rfc5280 {
    ($section:literal, $title:literal) => {
        $crate::lint::Reference {
            title: concat!("RFC 5280, section ", $section, ": ", $title),
            url: concat!("https://www.rfc-editor.org/rfc/rfc5280#section-", $section),
        }
    };
}

/// A symbol of a Go package.
macro_rules! go {
    ($package:literal, $symbol:literal) => {
        $crate::lint::Reference {
            title: concat!("Go: ", $package, ", ", $symbol),
            url: concat!("https://pkg.go.dev/", $package, "#", $symbol),
        }
    };
}

pub(super) use {go, kubernetes, kubernetes_io, rfc5280};
