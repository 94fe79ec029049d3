"""The audit records as rows, their guard, and their anchors."""
