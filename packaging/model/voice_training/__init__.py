"""Makes the built-in voice model: prepares data, distills, evaluates and exports."""
