//go:build suite

// Package conformance pins what a run is made of: upstream's end-to-end tests and the programs
// that they run in pods. Nothing of it is compiled here; the module's lock file is what counts.
package conformance

import (
	_ "k8s.io/kubernetes/test/e2e"
	_ "k8s.io/kubernetes/test/images/agnhost"
	_ "k8s.io/kubernetes/test/images/nonewprivs"
)
