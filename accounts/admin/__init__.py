from accounts.admin import account, application, audit, customer, group, login, second_factor, sign_in

__all__ = ["account", "application", "audit", "customer", "group", "login", "second_factor", "sign_in"]
