# SPDX-License-Identifier: GPL-2.0-or-later
# For report.awk and parts.awk: sorts list[1..n] and returns its median; nothing for an empty one.
function median(list, n,    i, j, t) {
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && list[j - 1] > list[j]; j--) {
			t = list[j]
			list[j] = list[j - 1]
			list[j - 1] = t
		}
	return n % 2 ? list[(n + 1) / 2] : n ? (list[n / 2] + list[n / 2 + 1]) / 2 : ""
}
