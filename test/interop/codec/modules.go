// Package codec compares the native codec with the published Go types.
package codec

import _ "k8s.io/api/core/v1"
