"""What happens on the Enroll page; knows no widget."""
